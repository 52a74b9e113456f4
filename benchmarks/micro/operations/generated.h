/* Measures instructions that are encoded at run time, for operations that differ only in the number of a CSR or of a
 * register.
 * Used by the files of this folder, in M-mode on hart 0.
 * Must not know what the instruction does. */
#ifndef BENCHMARKS_MICRO_OPERATIONS_GENERATED_H
#define BENCHMARKS_MICRO_OPERATIONS_GENERATED_H

#include <stdbool.h>
#include <stdint.h>

#define GENERATED_REPETITIONS 50

/* The CSR numbers of two counters. Under icount both counters count instructions. */
#define CYCLE 0xc00
#define INSTRET 0xc02

/** The 32-bit instruction that a loop repeats, and the instructions that set its operands before the loop. */
struct generated {
	uint32_t setup[2];    /* instructions before the loop; 0 stands for no instruction */
	uint32_t instruction; /* 0 stands for no instruction, so the loop is empty */
	unsigned rd;          /* the registers (0 to 31) that these instructions read or write */
	unsigned rs1;
	unsigned rs2;
	uint32_t counter; /* the CSR that is read before and after the loop */
};

/* funct3 of the CSR instructions. */
enum csr_form { CSRRW = 1, CSRRS = 2, CSRRC = 3, CSRRWI = 5, CSRRSI = 6, CSRRCI = 7 };

/** Encodes a CSR instruction (Unprivileged ISA, chapter Zicsr).
 * @param rs1 a register (0 to 31); for the immediate forms, the immediate (0 to 31) */
uint32_t encode_csr(enum csr_form form, uint32_t csr, unsigned rd, unsigned rs1);

/** Encodes `addi rd, x0, value`. @param value -2048 to 2047 */
uint32_t encode_li(unsigned rd, int value);

/** Encodes `lui rd, value >> 12`. */
uint32_t encode_lui(unsigned rd, uint32_t value);

/** Encodes `ld rd, offset(rs1)`. @param offset -2048 to 2047 */
uint32_t encode_ld(unsigned rd, unsigned rs1, int offset);

/** Encodes `sd rs2, offset(rs1)`. @param offset 0 to 2047 */
uint32_t encode_sd(unsigned rs2, unsigned rs1, unsigned offset);

/** Measures an operation in several rounds. The operands of the operation may be any registers.
 * @return the instructions of GENERATED_REPETITIONS operations in the cheapest round, without the loop around them */
uint64_t generated_cost(const struct generated *operation);

/** Executes the operation once. @return true if it did not trap, false if it trapped because the machine lacks the
 * CSR */
bool generated_exists(const struct generated *operation);

#endif
