/* Takes random steps that are legal and that have the same results on every machine: CSR operations, memory accesses
 * that PMP checks, and memory accesses with MPRV set. Every few hundred steps the guest prints a hash of the results.
 * It must print the same hashes on the bare machine and under hv. */
#include "payloads/robust/random.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/guarded.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#ifndef WHOLE_WORDS
#define WHOLE_WORDS 0
#endif
#define ROUNDS 20
#define NAPOT 0x18
#define AREA_BYTES 4096u

static struct random random = { SEED };
static uint64_t hash;
/* The guest accesses only the first half of this area. The area is twice as large, because the largest NAPOT range that
 * random_address() returns covers both halves. */
static volatile uint8_t area[2 * AREA_BYTES] __attribute__((aligned(2 * AREA_BYTES)));

static void mix(uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x100000001b3);
	hash ^= hash >> 29;
}

/* ---- CSR operations ---- */

struct csr_case {
	uint16_t number;
	uint64_t written, compared;
};

#define ALL (~UINT64_C(0))
#define STATUS UINT64_C(0x7e7fea) /* the bits of mstatus that the guest includes in the hash */

static const struct csr_case cases[] = {
	{ 0x300, STATUS & ~(MSTATUS_MPRV | MSTATUS_MIE), STATUS | MSTATUS_SD },
	{ 0x302, 0xb3ff, 0xb3ff },
	{ 0x303, 0x222, 0x222 },
	{ 0x304, 0xaaa, 0xaaa },
	{ 0x306, ALL, ALL },
	{ 0x30a, 0xf1, 0xf1 },
	{ 0x340, ALL, ALL },
	{ 0x341, ALL - 1, ALL },
	{ 0x342, ALL, ALL },
	{ 0x343, ALL, ALL },
	{ 0x344, 0x222, 0x222 },
	{ 0x100, STATUS & ~MSTATUS_SIE, STATUS | MSTATUS_SD },
	{ 0x104, 0x222, 0x222 },
	{ 0x106, ALL, ALL },
	{ 0x10a, 0xf1, 0xf1 },
	{ 0x140, ALL, ALL },
	{ 0x141, ALL - 1, ALL },
	{ 0x142, ALL, ALL },
	{ 0x143, ALL, ALL },
	{ 0x144, 0x222, 0x222 },
	{ 0x3b6, (BIT(54) - 1), (BIT(54) - 1) },
};

/* The generated code of one step: a CSR instruction and a ret. The CSR instruction takes its operand from a0 and
 * returns the old value of the CSR in a0. */
static uint32_t code[2];

static uint64_t run_csr(unsigned number, unsigned form, uint64_t operand)
{
	code[0] = number << 20 | 10u << 15 | form << 12 | 10u << 7 | 0x73;
	code[1] = 0x00008067;
	__asm__ volatile("fence.i" ::: "memory");
	return ((uint64_t(*)(uint64_t))(uint64_t)code)(operand);
}

/* Executes one random CSR instruction, and adds its results to the hash. The trap vectors need mscratch and sscratch,
 * so this function restores the values of these two CSRs after each step. */
static void step_csr(void)
{
	const struct csr_case *at = &cases[random_below(&random, sizeof(cases) / sizeof(cases[0]))];
	uint64_t operand = random_next(&random) & random_next(&random) & at->written;
	uint64_t scratch = csr_read(mscratch), supervisor_scratch = csr_read(sscratch);
	mix(run_csr(at->number, 1 + random_below(&random, 3), operand) & at->compared);
	mix(csr_read(mstatus) & (STATUS | MSTATUS_SD));
	mix(csr_read(sstatus) & (STATUS | MSTATUS_SD));
	mix(csr_read(sip) & 0x222);
	mix(csr_read(sie));
	mix(csr_read(mie) & 0xaaa);
	csr_write(mscratch, scratch);
	csr_write(sscratch, supervisor_scratch);
}

TEST(csr_operations_have_the_same_results_bare_and_under_hv)
{
	quiet();
	csr_write(mscratch, csr_read(mscratch));
	for (unsigned round = 0; round < ROUNDS; round++) {
		hash = 0;
		for (unsigned i = 0; i < 500; i++)
			step_csr();
		show("hash", hash);
	}
	quiet();
	csr_write(mcounteren, 0);
	csr_write(scounteren, 0);
	csr_clear(mstatus, MSTATUS_FS);
}

/* ---- PMP ---- */

static uint64_t random_config(void)
{
	uint64_t config = random_next(&random) & 0x1f;
	return (config & 3) == 2 ? config & ~UINT64_C(2) : config;
}

/* Returns a random value for a pmpaddr CSR that is useful in each PMP mode. In mode TOR the value is a border in the
 * area, in mode NA4 a word of the area, and in mode NAPOT a range inside or around the area. */
static uint64_t random_address(void)
{
	uint64_t base = ((uint64_t)area >> 2) + random_below(&random, AREA_BYTES / 4);
	return base | (BIT(random_below(&random, 8)) - 1);
}

static void random_entries(void)
{
	uint64_t config = (uint64_t)0x1f << 56;
	for (unsigned i = 0; i < 7; i++)
		config |= random_config() << (8 * i);
	csr_write(pmpcfg0, 0);
	csr_write(pmpaddr0, (uint64_t)area >> 2);
	csr_write(pmpaddr1, random_address());
	csr_write(pmpaddr2, random_address());
	csr_write(pmpaddr3, random_address());
	csr_write(pmpaddr4, random_address());
	csr_write(pmpaddr5, random_address());
	csr_write(pmpaddr6, random_address());
	csr_write(pmpaddr7, ~UINT64_C(0) >> 10);
	/* Entry 0 never gets mode TOR. In that mode its range would begin at address 0 and could cover the code of this
	 * guest. */
	csr_write(pmpcfg0, (config & ~UINT64_C(0xff)) | (config & 7) | ((config & NAPOT) == 8 ? 0 : config & NAPOT));
	__asm__ volatile("sfence.vma" ::: "memory");
}

static uint64_t try_load(uint64_t address)
{
	return load64(address);
}

static uint64_t try_load_word(uint64_t address)
{
	return load32(address);
}

static uint64_t try_store(uint64_t address)
{
	store64(address, address);
	return 0;
}

static uint64_t try_store_word(uint64_t address)
{
	store32(address, (uint32_t)address);
	return 0;
}

/* If WHOLE_WORDS is set, all accesses are to whole words, which no entry can split. */
static void probe(uint64_t address)
{
	static const mode_function accesses[2][3] = { { try_load, try_load_word, try_store },
						      { try_load_word, try_load_word, try_store_word } };
	unsigned access = random_below(&random, 3), mode = random_below(&random, 3);
	address &= WHOLE_WORDS ? ~UINT64_C(3) : ~UINT64_C(0);
	trap_catch(trap_machine());
	uint64_t result = mode == 2 ? accesses[WHOLE_WORDS][access](address)
				    : run_in((enum mode)mode, accesses[WHOLE_WORDS][access], address);
	struct trap trap = trap_release(trap_machine());
	mix(trap.count << 8 | trap.cause);
	mix(trap.value);
	mix(trap.count ? 0 : result);
}

static void step_pmp(void)
{
	random_entries();
	mix(csr_read(pmpcfg0));
	mix(csr_read(pmpaddr3) & (BIT(54) - 1));
	for (unsigned i = 0; i < 12; i++)
		probe((uint64_t)area + random_below(&random, AREA_BYTES - 8));
}

TEST(pmp_checks_have_the_same_results_bare_and_under_hv)
{
	quiet();
	for (unsigned round = 0; round < ROUNDS; round++) {
		hash = 0;
		for (unsigned i = 0; i < 50; i++)
			step_pmp();
		show("hash", hash);
	}
	quiet();
}

/* ---- MPRV ---- */

static void random_pages(void)
{
	static const uint64_t flags[] = {
		PTE_RWX, PTE_RW, PTE_RWX | PTE_U, PTE_RW | PTE_U, PTE_V | PTE_X | PTE_A, PTE_V | PTE_R | PTE_A, 0
	};
	uint64_t translation = page_identity(PTE_RWX);
	for (unsigned i = 0; i < 3; i++)
		page_set(i, (uint64_t)area, flags[random_below(&random, sizeof(flags) / sizeof(flags[0]))]);
	csr_write(satp, random_below(&random, 4) ? translation : 0);
	__asm__ volatile("sfence.vma" ::: "memory");
}

/* Makes one random load or store with MPRV set. A loaded value enters the hash at once. At the end of the round, the
 * contents of the area, with all stored values, enter the hash too. */
static void step_mprv(void)
{
	uint64_t value = random_next(&random);
	uint64_t base = random_below(&random, 4) ? PAGE_WINDOW : (uint64_t)area;
	uint64_t address = base + random_below(&random, base == PAGE_WINDOW ? 2 * AREA_BYTES : AREA_BYTES - 8);
	bool crosses = address % PAGE_SIZE > PAGE_SIZE - 8;
	guarded_as(random_below(&random, 2), random_next(&random) & (MSTATUS_SUM | MSTATUS_MXR));
	trap_catch(trap_machine());
	switch (random_below(&random, 6)) {
	case 0:
		GUARDED("ld a0, 0(a1)", value, address);
		break;
	case 1:
		GUARDED("lh a0, 0(a1)", value, address);
		break;
	case 2:
		GUARDED("lbu a0, 0(a1)", value, address);
		break;
	case 3:
		GUARDED("sd a0, 0(a1)", value, address & ~UINT64_C(7));
		break;
	case 4:
		GUARDED("sh a0, 0(a1)", value, address & ~UINT64_C(1));
		break;
	default:
		GUARDED("amoxor.w a0, a0, (a1)", value, address & ~UINT64_C(3));
	}
	struct trap trap = trap_release(trap_machine());
	mix(trap.count << 8 | trap.cause);
	mix(crosses ? 0 : trap.value);
	mix(trap.count ? 0 : value);
}

TEST(accesses_under_mprv_have_the_same_results_bare_and_under_hv)
{
	quiet();
	mode_open_memory();
	for (unsigned round = 0; round < ROUNDS; round++) {
		hash = 0;
		for (unsigned i = 0; i < 20; i++) {
			random_pages();
			for (unsigned j = 0; j < 20; j++)
				step_mprv();
		}
		for (unsigned i = 0; i < AREA_BYTES; i++)
			mix(area[i]);
		show("hash", hash);
	}
	quiet();
}
