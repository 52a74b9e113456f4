/* Chooses the operands of programs. They are such that a program always ends, and shows none of the differences in
 * differences.def. */
#include "payloads/random_programs/operand.h"

#include "payloads/random_programs/execute.h"
#include "payloads/random_programs/pages.h"
#include "payloads/random_programs/parameters.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/page.h"

#define STATUS_BITS                                                                                                    \
	(MSTATUS_SIE | MSTATUS_MIE | MSTATUS_SPIE | MSTATUS_MPIE | MSTATUS_SPP | MSTATUS_MPP | MSTATUS_FS |            \
	 MSTATUS_MPRV | MSTATUS_SUM | MSTATUS_MXR | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR)
/* Fetch faults and ecalls of S-mode always come to M-mode. Otherwise a wrong stvec could trap for ever. */
#define EXCEPTION_BITS (UINT64_C(0xb3ff) & ~(BIT(CAUSE_FETCH_ACCESS) | BIT(CAUSE_FETCH_PAGE) | BIT(CAUSE_ECALL_S)))
#define ENVIRONMENT_BITS (UINT64_C(0xe0000000000000f1))
#define ENVIRONMENT_CBIE UINT64_C(0x30)
#define ENVIRONMENT_FIOM UINT64_C(1)
/* Entries 0 and 1 are never locked: the executor opens the arena with entry 0, and a lock of entry 1 may include
 * pmpaddr0. */
#define LOCKS_OF_CONFIG_0 UINT64_C(0x8080808080800000)
#define LOCKS_OF_CONFIG_2 UINT64_C(0x808080)
#define PMP_PERMISSIONS 7
/* Entry 10 stays open if it is locked, or M-mode could not go on. It is never OFF, so that some entry always matches. */
#define CONFIG_OF_ALL_MEMORY UINT64_C(0x1f0000)
#define MATCH_OF_ALL_MEMORY UINT64_C(0x180000)
#define PAGES_OF_ARENA (ARENA_BYTES / PAGE_SIZE)
#define NOWHERE UINT64_C(0x1000000000) /* no device and no memory is there */
#define SATP_SV48 (UINT64_C(9) << 60)
#define SATP_RESERVED (UINT64_C(1) << 60)

uint64_t operand_config(const struct program *program, struct random *random)
{
	uint64_t config = random_next(random) & 0x1f;

	if (uses_cache_blocks(program) && !may_show(SHOWS_cache_blocks_partly_protected))
		config &= PMP_PERMISSIONS;

	return (config & 3) == 2 && !may_show(SHOWS_write_without_read) ? config | 1 : config;
}

static uint64_t arena_offset(struct random *random)
{
	return random_below(random, ARENA_BYTES / 4) | (BIT(random_below(random, 8)) - 1);
}

uint64_t operand_pmp_address(struct random *random)
{
	return (uint64_t)arena >> 2 | arena_offset(random);
}

/* Bytes to write or set, in which W implies R, or bytes to clear, in which R implies W, because clearing R alone would
 * leave W. */
static uint64_t config_word(const struct program *program, struct random *random, enum role role)
{
	bool clear = role == ROLE_PMP_CONFIG_CLEAR;
	uint64_t word = 0;

	for (unsigned i = 0; i < 8; i++)
		word |= (random_below(random, 2) ? operand_config(program, random) : 0) << 8 * i;
	if (clear && !may_show(SHOWS_write_without_read))
		word |= word << 1 & UINT64_C(0x0202020202020202);
	if (may_show(SHOWS_pmpcfg_reserved_bits))
		word |= random_next(random) & UINT64_C(0x6060606060606060);
	if (program_locks(program->seed) && !clear)
		word |= random_next(random) & (role == ROLE_PMP_CONFIG ? LOCKS_OF_CONFIG_0 : LOCKS_OF_CONFIG_2);
	if (clear && !may_show(SHOWS_return_without_pmp))
		word &= ~MATCH_OF_ALL_MEMORY;
	return role == ROLE_PMP_CONFIG_2 ? word | CONFIG_OF_ALL_MEMORY : word;
}

/* Unless a program may show the difference, bits to write or set never hold the reserved mode 2 in MPP, and bits to clear
 * never leave it there. */
static uint64_t status(const struct program *program, struct random *random, bool clear)
{
	uint64_t bits = random_next(random) & (STATUS_BITS & ~MSTATUS_MPP);

	bits &= random_below(random, 2) ? random_next(random) : ~UINT64_C(0);
	switch (random_below(random, 4)) {
	case 0:
		bits |= MSTATUS_MPP;
		break;
	case 1:
		bits |= clear ? MSTATUS_MPP & ~MSTATUS_MPP_S : MSTATUS_MPP_S;
		break;
	case 2:
		if (may_show(SHOWS_reserved_mode))
			bits |= clear ? MSTATUS_MPP_S : MSTATUS_MPP & ~MSTATUS_MPP_S;
		break;
	}
	if (!may_show(SHOWS_mprv_after_return) ||
	    (uses_cache_blocks(program) && !may_show(SHOWS_cache_blocks_under_mprv)))
		bits &= ~MSTATUS_MPRV;
	if ((bits & MSTATUS_FS) && !may_show(SHOWS_dirty_floats))
		bits |= MSTATUS_FS;
	if (may_show(SHOWS_uxl))
		bits |= MSTATUS_UXL;
	return bits;
}

static uint64_t code_address(struct random *random)
{
	if (random_below(random, 8) == 0)
		return NOWHERE;
	return (uint64_t)slots[PROGRAM_INSTRUCTIONS / 2 + random_below(random, PROGRAM_INSTRUCTIONS / 2)] +
	       (may_show(SHOWS_epc_bit_0) ? 1 : 0);
}

static uint64_t environment(struct random *random)
{
	uint64_t bits = random_next(random) & (ENVIRONMENT_BITS & ~ENVIRONMENT_CBIE);

	if (!may_show(SHOWS_late_interrupts))
		bits &= ~MENVCFG_STCE;
	if (!may_show(SHOWS_fiom))
		bits &= ~ENVIRONMENT_FIOM;
	return bits | (random_below(random, 2) ? ENVIRONMENT_CBIE : 0);
}

static uint64_t translation(struct random *random)
{
	switch (random_below(random, 8)) {
	case 0:
		return 0;
	case 1:
		return SATP_SV39 | (may_show(SHOWS_tables_outside_memory) ? NOWHERE >> 12 : pages_root());
	case 2:
		return SATP_RESERVED | pages_root();
	case 3:
		return SATP_SV48 | pages_root();
	default:
		return SATP_SV39 | pages_root();
	}
}

/* In the arena or the window, at least 2 KiB from its ends, because the offset of an instruction can be as large. Every
 * second address is near the end of a page. */
static uint64_t memory(struct random *random, uint64_t base, unsigned pages)
{
	uint64_t offset = random_below(random, 2) ? random_below(random, pages * PAGE_SIZE)
						  : random_below(random, pages) * PAGE_SIZE + PAGE_SIZE - 8;

	offset = offset < PAGE_SIZE / 2 ? PAGE_SIZE / 2 : offset;
	offset = offset > pages * PAGE_SIZE - PAGE_SIZE / 2 ? pages * PAGE_SIZE - PAGE_SIZE / 2 : offset;
	return base + (random_below(random, 4) ? offset & ~UINT64_C(7) : offset);
}

static uint64_t device(const struct program *program, struct random *random)
{
	switch (random_below(random, 4)) {
	case 0:
		return CLINT_ADDRESS;
	case 1:
		return program->wake == BIT(IRQ_MTI) ? NOWHERE : CLINT_ADDRESS + CLINT_MTIMECMP;
	default:
		return random_below(random, 2) ? NOWHERE : NOWHERE << 24;
	}
}

static uint64_t exception_bits(void)
{
	return (EXCEPTION_BITS & ~(may_show(SHOWS_medeleg_bit_0) ? 0 : BIT(CAUSE_FETCH_MISALIGNED))) |
	       (may_show(SHOWS_medeleg_bit_11) ? BIT(CAUSE_ECALL_M) : 0);
}

/* Neither vector is ever in the middle of the program: an instruction that traps could lead to itself for ever. */
static uint64_t vector(struct random *random)
{
	return (uint64_t)(random_below(random, 2) ? vector_a : vector_b) + random_below(random, 2);
}

uint64_t operand_value(enum role role, const struct program *program, struct random *random)
{
	switch (role) {
	case ROLE_ONES:
		return ~UINT64_C(0);
	case ROLE_STATUS:
	case ROLE_STATUS_CLEAR:
		return status(program, random, role == ROLE_STATUS_CLEAR);
	case ROLE_ARENA_1:
	case ROLE_ARENA_2:
		return memory(random, (uint64_t)arena, PAGES_OF_ARENA);
	case ROLE_WINDOW_1:
	case ROLE_WINDOW_2:
		return memory(random, PAGE_WINDOW, PROGRAM_PAGES);
	case ROLE_CODE_1:
	case ROLE_CODE_2:
		return code_address(random);
	case ROLE_PENDING:
		return random_next(random) & IP_ALL;
	case ROLE_CODE_OFFSET:
		return random_below(random, SLOTS * SLOT_BYTES / 4) * UINT64_C(4);
	case ROLE_PMP_ADDRESS:
		return operand_pmp_address(random) | (may_show(SHOWS_pmpaddr_high_bits) ? BIT(60) : 0);
	case ROLE_PMP_OFFSET:
		return arena_offset(random);
	case ROLE_PMP_CONFIG_2:
		return config_word(program, random, role) &
		       (may_show(SHOWS_last_pmp_entries) ? ~UINT64_C(0) : 0xffffff);
	case ROLE_PMP_CONFIG:
	case ROLE_PMP_CONFIG_CLEAR:
		return config_word(program, random, role);
	case ROLE_ENVIRONMENT:
		return environment(random);
	case ROLE_TRANSLATION:
		return translation(random);
	case ROLE_DEVICE:
		return device(program, random);
	case ROLE_VECTOR:
		return vector(random);
	case ROLE_SUPERVISOR_VECTOR:
		return random_below(random, 8) ? (uint64_t)supervisor_vector + random_below(random, 2) : NOWHERE;
	case ROLE_EXCEPTIONS:
		return random_next(random) & exception_bits();
	default:
		return random_next(random);
	}
}
