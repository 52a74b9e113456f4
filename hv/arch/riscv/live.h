/* The guest registers that the first tier of trap.S leaves in the hardware: sp, gp, tp and s0-s11.
 * Called only by fast paths. The fast paths never use these registers for their own values. A check of each image
 * ensures this. */
#ifndef HV_ARCH_LIVE_H
#define HV_ARCH_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"

/* A set with one bit for each register that trap.S saves in every exit: ra, t0-t6 and a0-a7. It also contains x0,
 * because the copy of x0 in memory is always 0. */
#define SAVED_REGISTERS 0xf003fce3u

/** Whether the first tier saves guest register @p index (0-31) to memory. */
PART_OF_FAST_PATH bool register_is_saved(unsigned index)
{
	return SAVED_REGISTERS >> index & 1;
}

/** Whether the first tier saves guest register @p index (0-31) to memory, and a write of it has an effect. */
PART_OF_FAST_PATH bool register_is_saved_and_written(unsigned index)
{
	return (SAVED_REGISTERS & ~1u) >> index & 1;
}

/** Code that moves a value between a0 and one of the registers x0 to x31. Each such thunk has four bytes, including a
 * return through t2 (live.S). */
struct live_thunk {
	uint16_t code[2];
};
_Static_assert(sizeof(struct live_thunk) == 4, "live.S has two bytes and two in each");
extern const struct live_thunk live_read_thunks[], live_write_thunks[];

/** Value of guest register @p index, which trap.S has not saved. */
PART_OF_FAST_PATH uint64_t live_register_read(unsigned index)
{
	register uint64_t value __asm__("a0");

	__asm__ volatile("jalr t2, %[thunk]" : "=r"(value) : [thunk] "r"(live_read_thunks + index) : "t2");
	return value;
}

/** Sets guest register @p index, which trap.S has not saved. */
PART_OF_FAST_PATH void live_register_write(unsigned index, uint64_t value)
{
	register uint64_t written __asm__("a0") = value;

	__asm__ volatile("jalr t2, %[thunk]" : : [thunk] "r"(live_write_thunks + index), "r"(written) : "t2");
}

/* Assembly that repeats @p instruction for each of these registers. In it, \n stands for the register's number. */
#define EACH_LIVE_REGISTER(instruction) ".irp n, 2,3,4,8,9,18,19,20,21,22,23,24,25,26,27\n\t" instruction "\n\t.endr"

/** Stores the guest registers that trap.S has not saved to @p registers, which is indexed by the register's number. */
PART_OF_FAST_PATH void live_registers_save(uint64_t registers[32])
{
	__asm__ volatile(EACH_LIVE_REGISTER("sd x\\n, 8*\\n(%0)") : : "r"(registers) : "memory");
}

/** Sets the guest registers that trap.S has not saved to the values in @p registers. The compiler must not know that they
 * change: hv's own code does not use them here, and the compiler would save them on the guest's stack. */
PART_OF_FAST_PATH void live_registers_load(const uint64_t registers[32])
{
	__asm__ volatile(EACH_LIVE_REGISTER("ld x\\n, 8*\\n(%0)") : : "r"(registers) : "memory");
}

/** Sets the guest registers that trap.S has not saved to 0. */
PART_OF_FAST_PATH void live_registers_clear(void)
{
	__asm__ volatile(EACH_LIVE_REGISTER("li x\\n, 0") : : : "memory");
}

#endif
