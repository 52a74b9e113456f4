/* The roles of a program's registers, and random values for each role.
 * Called by generate.c and instruction.c.
 * Must not know which instruction uses a value. */
#ifndef PAYLOADS_RANDOM_PROGRAMS_OPERAND_H
#define PAYLOADS_RANDOM_PROGRAMS_OPERAND_H

#include <stdint.h>

#include "payloads/random_programs/program.h"
#include "payloads/robust/random.h"

/* The number of a role is the number of the register that has the role. x8 to x15 are the only registers that compressed
 * loads and stores can name, so one result and all addresses in memory are among them. hv saves only some registers before
 * its fast paths, and both kinds are among the results. */
enum role {
	ROLE_NONE,
	ROLE_RESULT_1 = 1,
	ROLE_RESULT_2 = 2,
	ROLE_PMP_CONFIG_2 = 5, /* written or set in pmpcfg2, which has only three of the firmware's entries */
	ROLE_NUMBER = 6,
	ROLE_ONES = 7, /* all ones: the deadline that never comes */
	ROLE_RESULT_3 = 8,
	ROLE_SUPERVISOR_VECTOR = 9,
	ROLE_STATUS = 10,       /* written or set in mstatus */
	ROLE_STATUS_CLEAR = 11, /* cleared in mstatus */
	ROLE_ARENA_1 = 12,
	ROLE_WINDOW_1 = 13,
	ROLE_ARENA_2 = 14,
	ROLE_WINDOW_2 = 15,
	ROLE_CODE_1 = 16, /* an address to which mret and sret may lead */
	ROLE_CODE_2 = 17,
	ROLE_ENABLED = 18, /* for mie and sie */
	ROLE_PENDING = 19, /* for mip, sip and mideleg */
	ROLE_CODE_OFFSET = 20,
	ROLE_PMP_ADDRESS = 21,
	ROLE_PMP_OFFSET = 22,
	ROLE_PMP_CONFIG = 23,       /* written or set in pmpcfg0 */
	ROLE_PMP_CONFIG_CLEAR = 24, /* cleared in pmpcfg */
	ROLE_ENVIRONMENT = 25,
	ROLE_TRANSLATION = 26,
	ROLE_DEVICE = 27,
	ROLE_VECTOR = 28,
	ROLE_EXCEPTIONS = 29,
};

/* Returns whether the program has operations on cache blocks. Such a program does not set MPRV, and protects either all
 * memory or none. */
static inline bool uses_cache_blocks(const struct program *program)
{
	return program->seed % 4 == 2 && !chunk_is_locked(program->seed / PROGRAMS_PER_CHUNK);
}

/* The bits of mip and mie that belong to S-mode. */
#define IP_S UINT64_C(0x222)
#define IP_ALL UINT64_C(0xaaa) /* also those that belong to M-mode, and cannot be written */

/** Returns a random value for @p role. */
uint64_t operand_value(enum role role, const struct program *program, struct random *random);
/** Returns a random byte of pmpcfg without L, in which W implies R. */
uint64_t operand_config(const struct program *program, struct random *random);
/** Returns a random value of pmpaddr that suits each mode: a border, a word, or a range in the arena. */
uint64_t operand_pmp_address(struct random *random);

#endif
