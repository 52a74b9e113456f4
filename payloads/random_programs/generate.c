/* Makes random programs. Each register has a role: it holds an operand for some kind of CSR, an address, or a result.
 * Only results are destinations, so that an operand stays one that the instruction may have. This file makes the initial
 * state; instruction.c makes the instructions. */
#include "payloads/random_programs/generate.h"

#include "payloads/random_programs/execute.h"
#include "payloads/random_programs/instruction.h"
#include "payloads/random_programs/operand.h"
#include "payloads/random_programs/parameters.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/page.h"

#define LOCKED_ENTRIES 3
#define ENTRY_OF_ALL_MEMORY 10
#define NAPOT 0x18
#define NAPOT_RWX 0x1f
#define LOCK 0x80

static void set_registers(struct program *program, struct random *random)
{
	for (unsigned i = 1; i < 30; i++)
		if (i != ROLE_ENABLED)
			program->registers[i] = operand_value((enum role)i, program, random);
}

/* ---- PMP ---- */

static uint64_t *config_of(struct program *program, unsigned entry, unsigned *shift)
{
	*shift = entry % 8 * 8;
	return &program->csr[entry < 8 ? STATE_pmpcfg0 : STATE_pmpcfg2];
}

static void set_entry(struct program *program, unsigned entry, uint64_t config, uint64_t address)
{
	unsigned shift;
	uint64_t *word = config_of(program, entry, &shift);

	*word = (*word & ~(UINT64_C(0xff) << shift)) | config << shift;
	program->csr[STATE_pmpaddr0 + entry] = address;
}

/* Locks the same entries in all programs of a chunk. Entries 0 and 1
 * are never locked, because the executor opens the arena with entry 0, and a lock of entry 1 may include pmpaddr0. */
static void lock_entries(struct program *program, uint64_t chunk)
{
	struct random random = { chunk * UINT64_C(0x2545f4914f6cdd1d) + 1 };

	if (!chunk_is_locked(chunk))
		return;
	unsigned count = 1 + random_below(&random, LOCKED_ENTRIES);

	for (unsigned i = 0; i < count; i++) {
		unsigned entry = 2 + random_below(&random, ENTRY_OF_ALL_MEMORY - 2);
		set_entry(program, entry, LOCK | operand_config(program, &random), operand_pmp_address(&random));
		/* The start of a TOR entry is locked with it, so all programs must have the same. */
		program->csr[STATE_pmpaddr0 + entry - 1] = operand_pmp_address(&random);
	}
}

static void set_pmp(struct program *program, struct random *random)
{
	/* With many entries, nearly all accesses of S- and U-mode fail. So half of the programs begin without. */
	bool is_open = random_below(random, 2);

	for (unsigned entry = 0; entry < ENTRY_OF_ALL_MEMORY; entry++) {
		uint64_t config = operand_config(program, random);
		set_entry(program, entry, is_open || random_below(random, 2) ? 0 : config, operand_pmp_address(random));
	}
	uint64_t allowed = random_below(random, 16) ? NAPOT_RWX : operand_config(program, random) | NAPOT;

	set_entry(program, ENTRY_OF_ALL_MEMORY, allowed, ~UINT64_C(0) >> 10);
	lock_entries(program, program->seed / PROGRAMS_PER_CHUNK);
}

/* ---- pages ---- */

static uint64_t page_flags(struct random *random)
{
	static const uint8_t flags[] = { PTE_RWX,
					 PTE_RW,
					 PTE_RWX | PTE_U,
					 PTE_RW | PTE_U,
					 PTE_RW & ~PTE_D,
					 PTE_RW & ~(PTE_A | PTE_D),
					 (PTE_RW | PTE_U) & ~PTE_A,
					 PTE_V | PTE_R | PTE_A,
					 PTE_V | PTE_X | PTE_A,
					 PTE_V | PTE_X | PTE_A | PTE_U,
					 PTE_V | PTE_W | PTE_A | PTE_D,
					 PTE_V,
					 0 };

	uint64_t chosen = random_below(random, 2) ? PTE_RW | (random_below(random, 2) ? PTE_U : 0)
						  : flags[random_below(random, sizeof(flags))];

	return chosen | (may_show(SHOWS_table_updates) ? 0 : PTE_A | PTE_D);
}

static void set_pages(struct program *program, struct random *random)
{
	for (unsigned i = 0; i < PROGRAM_PAGES; i++)
		program->page[i] = (uint64_t)random_below(random, ARENA_BYTES / PAGE_SIZE) << 8 | page_flags(random);
	program->identity = PTE_RWX | (random_below(random, 2) ? PTE_U : 0);
}

/* ---- interrupts ---- */

/* One program of four may wait for interrupts. An interrupt is then always pending and enabled, so that no wfi
 * sleeps. */
static void set_interrupts(struct program *program, struct random *random)
{
	static const uint8_t interrupts[] = { IRQ_SSI, IRQ_MSI, IRQ_STI, IRQ_MTI, IRQ_SEI };

	program->mtimecmp = ~UINT64_C(0);
	if (random_below(random, 4)) {
		uint64_t enabled = BIT(interrupts[random_below(random, sizeof(interrupts))]);
		program->registers[ROLE_ENABLED] = may_show(SHOWS_several_interrupts) ? 0xaaa : enabled;
		program->csr[STATE_mie] = random_below(random, 2) ? program->registers[ROLE_ENABLED] : 0;
	} else {
		program->wake = random_below(random, 2) ? BIT(IRQ_SSI) : BIT(IRQ_MTI);
		program->registers[ROLE_ENABLED] = program->csr[STATE_mie] = program->wake;
		program->csr[STATE_mip] = program->wake & BIT(IRQ_SSI);
		if (program->wake == BIT(IRQ_MTI))
			program->mtimecmp = 0;
	}
	program->csr[STATE_mideleg] = random_next(random) & random_next(random) & IP_S;
}

static void set_csrs(struct program *program, struct random *random)
{
	uint64_t *csr = program->csr;

	csr[STATE_mtvec] = (uint64_t)vector_a;
	csr[STATE_stvec] = (uint64_t)supervisor_vector;
	csr[STATE_medeleg] = random_below(random, 2) ? operand_value(ROLE_EXCEPTIONS, program, random) : 0;
	csr[STATE_menvcfg] = operand_value(ROLE_ENVIRONMENT, program, random);
	csr[STATE_senvcfg] = operand_value(ROLE_ENVIRONMENT, program, random) & 0xf1;
	csr[STATE_mcounteren] = random_below(random, 8);
	csr[STATE_scounteren] = random_below(random, 8);
	csr[STATE_satp] = random_below(random, 4) ? program->registers[ROLE_TRANSLATION] : 0;
	csr[STATE_stimecmp] = ~UINT64_C(0);
	csr[STATE_mstatus] = operand_value(ROLE_STATUS, program, random) & ~(MSTATUS_MIE | MSTATUS_SIE);
	csr[STATE_mstatus] |= operand_value(ROLE_STATUS, program, random) & (MSTATUS_MPRV | MSTATUS_FS);
}

void generate(struct program *program, uint64_t seed)
{
	struct random random = { seed * UINT64_C(1000003) + 1 };

	for (unsigned i = 0; i < sizeof(*program) / sizeof(uint64_t); i++)
		((uint64_t *)program)[i] = 0;
	program->seed = seed;
	set_interrupts(program, &random);
	set_registers(program, &random);
	set_pmp(program, &random);
	set_pages(program, &random);
	set_csrs(program, &random);
	for (unsigned i = 0; i < PROGRAM_INSTRUCTIONS;)
		i += instruction_make(&program->code[i], i, program, &random);
}
