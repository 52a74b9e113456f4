/* Measuring loops: how many instructions one operation costs, everything that it makes other worlds do included.
 * Used by the guests of this folder, on one hart under icount. Needs mcounteren.IR (in virtual M-mode scounteren.IR too).
 * Must not know how the result is printed. */
#ifndef BENCHMARKS_MICRO_MEASURE_H
#define BENCHMARKS_MICRO_MEASURE_H

#include <stdint.h>

#define REPETITIONS 1000

/* Instructions retired by a loop of REPETITIONS times `operation`: assembly text that may use %[value] and %[address]
 * and clobber t0, a0, a1, a6 and a7. */
#define LOOP_COST(operation, address_operand, value_operand)                                                           \
	({                                                                                                             \
		uint64_t begin_, end_;                                                                                 \
		uint64_t left_ = REPETITIONS;                                                                          \
		__asm__ volatile(".balign 64\n"                                                                        \
				 "	rdinstret %[begin]\n"                                                               \
				 "1:	" operation "\n"                                                               \
				 "	addi %[left], %[left], -1\n"                                                        \
				 "	bnez %[left], 1b\n"                                                                 \
				 "	rdinstret %[end]\n"                                                                 \
				 : [begin] "=&r"(begin_), [end] "=&r"(end_), [left] "+&r"(left_)                       \
				 : [address] "r"((uint64_t)(address_operand)), [value] "r"((uint64_t)(value_operand))  \
				 : "t0", "a0", "a1", "a6", "a7", "memory");                                            \
		end_ - begin_;                                                                                         \
	})

/* The cost of REPETITIONS operations, without that of the loop around them. The first round warms hv's and the firmware's state. */
#define COST(operation, address, value)                                                                                \
	({                                                                                                             \
		(void)LOOP_COST(operation, address, value);                                                            \
		LOOP_COST(operation, address, value) - LOOP_COST("", 0, 0);                                            \
	})

#endif
