/* The registers that the first tier of trap.S leaves in the hardware, in proofs. This header defines the same names as
 * hv/arch/riscv/live.h. Must not know the meaning of the registers' values. */
#ifndef HV_ARCH_LIVE_H
#define HV_ARCH_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/proofs/hart.h"

PART_OF_FAST_PATH bool register_is_saved(unsigned index)
{
	return !((index >= 2 && index <= 4) || index == 8 || index == 9 || (index >= 18 && index <= 27));
}

PART_OF_FAST_PATH uint64_t live_register_read(unsigned index)
{
	prove(index < 32 && !register_is_saved(index), "hv reads only registers that are in the hardware from there");
	return hart_live[index];
}

PART_OF_FAST_PATH void live_register_write(unsigned index, uint64_t value)
{
	prove(index < 32 && !register_is_saved(index), "hv writes only registers that are in the hardware there");
	hart_live[index] = value;
}

/* hv/module/api.h calls these, but only for modules, which no proof has. */
void live_registers_save(uint64_t registers[32]);
void live_registers_load(const uint64_t registers[32]);
void live_registers_clear(void);

#endif
