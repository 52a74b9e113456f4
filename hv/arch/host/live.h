/* The host's version of riscv/live.h. In this version, the registers that the first tier of trap.S leaves in the
 * hardware are variables.
 * Called only by fast paths. Must not know the meaning of the registers' values. */
#ifndef HV_ARCH_LIVE_H
#define HV_ARCH_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/host_hart.h"

/** Whether the first tier has saved guest register @p index (0-31) to memory. It saves all registers except sp, gp, tp
 * and s0-s11. */
PART_OF_FAST_PATH bool register_is_saved(unsigned index)
{
	return !((index >= 2 && index <= 4) || index == 8 || index == 9 || (index >= 18 && index <= 27));
}

/** Whether the first tier saves guest register @p index (0-31) to memory, and a write of it has an effect. */
PART_OF_FAST_PATH bool register_is_saved_and_written(unsigned index)
{
	return index != 0 && register_is_saved(index);
}

/** Value of guest register @p index, which trap.S has not saved. */
PART_OF_FAST_PATH uint64_t live_register_read(unsigned index)
{
	return host_hart.live[index];
}

/** Sets guest register @p index, which trap.S has not saved. */
PART_OF_FAST_PATH void live_register_write(unsigned index, uint64_t value)
{
	host_hart.live[index] = value;
}

/** Stores the guest registers that trap.S has not saved to @p registers, which is indexed by the register's number. */
PART_OF_FAST_PATH void live_registers_save(uint64_t registers[32])
{
	for (unsigned i = 0; i < 32; i++)
		if (!register_is_saved(i))
			registers[i] = live_register_read(i);
}

/** Sets the guest registers that trap.S has not saved to the values in @p registers. */
PART_OF_FAST_PATH void live_registers_load(const uint64_t registers[32])
{
	for (unsigned i = 0; i < 32; i++)
		if (!register_is_saved(i))
			live_register_write(i, registers[i]);
}

/** Sets the guest registers that trap.S has not saved to 0. */
PART_OF_FAST_PATH void live_registers_clear(void)
{
	for (unsigned i = 0; i < 32; i++)
		if (!register_is_saved(i))
			live_register_write(i, 0);
}

#endif
