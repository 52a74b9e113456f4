/* Guest registers that the first tier of trap.S leaves in the hardware: sp, gp, tp, s0-s11.
 * Called by fast paths only, which never touch those registers themselves (they have no stack frame; a test checks it). */
#ifndef HV_ARCH_LIVE_H
#define HV_ARCH_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"

/* Registers that trap.S saved: x0 (always 0 in memory), ra, t0-t6, a0-a7. */
#define SAVED_REGISTERS 0xf003fce3u

/** Whether the first tier saved guest register @p index (0-31) to memory. */
PART_OF_FAST_PATH bool register_is_saved(unsigned index)
{
	return SAVED_REGISTERS >> index & 1;
}

#define LIVE_TABLE(instruction)                                                                                        \
	"	.option push\n"                                                                                              \
	"	.option norvc\n"                                                                                             \
	"	la %[target], 1f\n"                                                                                          \
	"	add %[target], %[target], %[offset]\n"                                                                       \
	"	jr %[target]\n"                                                                                              \
	"1:\n"                                                                                                         \
	"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27\n"                          \
	"	" instruction "\n"                                                                                     \
	"	j 2f\n"                                                                                                      \
	"	.endr\n"                                                                                                     \
	"2:\n"                                                                                                         \
	"	.option pop\n"

/** Value of guest register @p index, which is not saved. */
PART_OF_FAST_PATH uint64_t live_register_read(unsigned index)
{
	uint64_t target, value;

	__asm__ volatile(LIVE_TABLE("mv %[value], x\\n")
			 : [target] "=&r"(target), [value] "=&r"(value)
			 : [offset] "r"(8ul * index));
	return value;
}

/** Sets guest register @p index, which is not saved. */
PART_OF_FAST_PATH void live_register_write(unsigned index, uint64_t value)
{
	uint64_t target;

	__asm__ volatile(LIVE_TABLE("mv x\\n, %[value]")
			 : [target] "=&r"(target)
			 : [offset] "r"(8ul * index), [value] "r"(value));
}

#endif
