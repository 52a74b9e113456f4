/* Builds the words of loads, stores and AMOs from their fields, for unit tests on the host.
 * Included by *_test.c. Must not use hv's decoder, because tests check the decoder with these words. Register numbers are
 * 0-31, offsets are 12 bits wide, and no function returns an error. Source: Unprivileged ISA, formats I, S and R. */
#ifndef HV_TESTING_INSTRUCTION_WORD_H
#define HV_TESTING_INSTRUCTION_WORD_H

#include <stdint.h>

/** A load into @p rd from @p rs1 + @p offset. @p opcode is 0x03, or 0x07 for an f register. Pure. */
static inline uint32_t load_word(unsigned opcode, unsigned funct3, unsigned rd, unsigned rs1, unsigned offset)
{
	return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | offset << 20;
}

/** A store of @p rs2 to @p rs1 + @p offset. @p opcode is 0x23, or 0x27 for an f register. Pure. */
static inline uint32_t store_word(unsigned opcode, unsigned funct3, unsigned rs2, unsigned rs1, unsigned offset)
{
	return opcode | (offset & 31) << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | offset >> 5 << 25;
}

/** An instruction of the A extension with operation @p funct5. Pure. */
static inline uint32_t amo_word(unsigned funct5, unsigned funct3, unsigned rd, unsigned rs1, unsigned rs2)
{
	return 0x2f | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct5 << 27;
}

#endif
