/* Measuring loops around an instruction that is made at run time, for operations that differ in a number only: a CSR, a register.
 * Used by the files of this folder, in M-mode on hart 0. Must not know what the instruction does. */
#ifndef BENCHMARKS_MICRO_OPERATIONS_GENERATED_H
#define BENCHMARKS_MICRO_OPERATIONS_GENERATED_H

#include <stdbool.h>
#include <stdint.h>

#define GENERATED_REPETITIONS 50

/* Counters by CSR number. Under icount both count instructions. */
#define CYCLE 0xc00
#define INSTRET 0xc02

/** What a loop repeats: one 32-bit instruction and how its operand gets its value. */
struct generated {
	uint32_t setup[2];    /* executed once before the loop; 0: nothing */
	uint32_t instruction; /* 0: nothing, for an empty loop */
	unsigned rd;          /* registers that the two above write or read, 0 to 31 */
	unsigned rs1;
	unsigned rs2;
	uint32_t counter; /* the CSR that is read before and after the loop */
};

/* funct3 of the CSR instructions. */
enum csr_form { CSRRW = 1, CSRRS = 2, CSRRC = 3, CSRRWI = 5, CSRRSI = 6, CSRRCI = 7 };

/** Encodes a CSR instruction (Unprivileged ISA, chapter Zicsr).
 * @param rs1 a register, or the immediate of the last three forms */
uint32_t encode_csr(enum csr_form form, uint32_t csr, unsigned rd, unsigned rs1);

/** Encodes `addi rd, x0, value`. @param value -2048 to 2047 */
uint32_t encode_li(unsigned rd, int value);

/** Encodes `lui rd, value >> 12`. */
uint32_t encode_lui(unsigned rd, uint32_t value);

/** Encodes `ld rd, offset(rs1)`. @param offset -2048 to 2047 */
uint32_t encode_ld(unsigned rd, unsigned rs1, int offset);

/** Encodes `sd rs2, offset(rs1)`. @param offset 0 to 2047 */
uint32_t encode_sd(unsigned rs2, unsigned rs1, unsigned offset);

/** Instructions that GENERATED_REPETITIONS of the operation take in the cheapest of some rounds, without the loop around them.
 * Any register may be an operand. */
uint64_t generated_cost(const struct generated *operation);

/** Whether the operation can be executed without a trap. Executes it once. */
bool generated_exists(const struct generated *operation);

#endif
