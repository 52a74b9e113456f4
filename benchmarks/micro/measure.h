/* Loops that measure how many instructions an operation costs. The cost includes the instructions that hv and the
 * firmware execute because of the operation.
 * Used by the guests of this folder, on one hart under icount. mcounteren.IR must be set, and in virtual M-mode
 * scounteren.IR as well.
 * Must not know how a result is printed. */
#ifndef BENCHMARKS_MICRO_MEASURE_H
#define BENCHMARKS_MICRO_MEASURE_H

#include <stdint.h>

#include "benchmarks/micro/report.h"

#define REPETITIONS 1000

/* Returns the number of instructions that a loop executes while it repeats `operation` @p count times. `operation` is
 * assembly text that may use %[value] and %[address], and may clobber t0, a0 to a3, a6 and a7. The operands are always in
 * the same two registers, because the cost of an exit may depend on the register. */
#define LOOP_COST(count, operation, address_operand, value_operand)                                                    \
	({                                                                                                             \
		uint64_t begin_, end_;                                                                                 \
		uint64_t left_ = (count);                                                                              \
		register uint64_t address_ __asm__("a4") = (address_operand);                                          \
		register uint64_t value_ __asm__("a5") = (value_operand);                                              \
		__asm__ volatile(".balign 64\n"                                                                        \
				 "	rdinstret %[begin]\n"                                                               \
				 "1:	" operation "\n"                                                               \
				 "	addi %[left], %[left], -1\n"                                                        \
				 "	bnez %[left], 1b\n"                                                                 \
				 "	rdinstret %[end]\n"                                                                 \
				 : [begin] "=&r"(begin_), [end] "=&r"(end_), [left] "+&r"(left_)                       \
				 : [address] "r"(address_), [value] "r"(value_)                                        \
				 : "t0", "a0", "a1", "a2", "a3", "a6", "a7", "memory");                                \
		end_ - begin_;                                                                                         \
	})

/* Returns the cost of REPETITIONS operations, without the instructions of the loop itself. The loop is long, so the
 * cost includes the work that hv does only once in many exits. The first round is not counted. It brings hv and the
 * firmware into the state that they have in all later rounds. */
#define COST(operation, address, value)                                                                                \
	({                                                                                                             \
		(void)LOOP_COST(REPETITIONS, operation, address, value);                                               \
		LOOP_COST(REPETITIONS, operation, address, value) - LOOP_COST(REPETITIONS, "", 0, 0);                  \
	})

/* The trace writes some records at fixed times. During a short loop it writes few of these records, so in the cheapest
 * of several short loops it writes none. */
#define SHORT_REPETITIONS 50
#define SHORT_ROUNDS 4

/* Returns the cost of SHORT_REPETITIONS operations in the cheapest of several rounds. The first round brings hv into
 * the state that it has in all later rounds. */
#define LEAST_COST(operation, address, value)                                                                          \
	({                                                                                                             \
		uint64_t least_ = LOOP_COST(SHORT_REPETITIONS, operation, address, value);                             \
		for (int round_ = 0; round_ < SHORT_ROUNDS; round_++) {                                                \
			uint64_t cost_ = LOOP_COST(SHORT_REPETITIONS, operation, address, value);                      \
			least_ = cost_ < least_ ? cost_ : least_;                                                      \
		}                                                                                                      \
		least_ - LOOP_COST(SHORT_REPETITIONS, "", 0, 0);                                                       \
	})

/* Measures an operation, or two operations that alternate, and reports the cost of one operation. */
#define REPORT(name, operation, address, value)                                                                        \
	report_cost(name, LEAST_COST(operation, address, value), SHORT_REPETITIONS)
#define REPORT_PAIR(name, operations, address, value)                                                                  \
	report_cost(name, LEAST_COST(operations, address, value), UINT64_C(2) * SHORT_REPETITIONS)

#endif
