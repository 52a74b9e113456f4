/* Random instructions.
 * Called by generate.c.
 * Must not change the initial state of the program. */
#ifndef PAYLOADS_RANDOM_PROGRAMS_INSTRUCTION_H
#define PAYLOADS_RANDOM_PROGRAMS_INSTRUCTION_H

#include "payloads/random_programs/operand.h"

/** Makes the instruction at @p slot of @p program, or several that belong together.
 * @return the number of instructions written to @p code, at least 1 */
unsigned instruction_make(uint32_t *code, unsigned slot, const struct program *program, struct random *random);
/** Makes an instruction that reads or writes a CSR. */
uint32_t instruction_csr(const struct program *program, struct random *random);
/** Makes an instruction that accesses memory. */
uint32_t instruction_memory(const struct program *program, struct random *random);

/** Returns a register that holds a result. */
static inline unsigned instruction_result(struct random *random)
{
	static const uint8_t results[] = { ROLE_RESULT_1, ROLE_RESULT_2, ROLE_RESULT_3 };

	return results[random_below(random, sizeof(results))];
}

#endif
