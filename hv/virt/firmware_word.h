/* The firmware's trapped instruction, read where it lies, by both tiers of exits.
 * Included by fast paths and by emulate.c.
 * Must not trap: hv has no guard around it. */
#ifndef HV_VIRT_FIRMWARE_WORD_H
#define HV_VIRT_FIRMWARE_WORD_H

#include "hv/arch/cold.h"
#include "hv/virt/instruction.h"
#include "hv/virt/machine.h"

/** Whether firmware_word may be read at @p pc, where the firmware fetched an instruction (semantics 25): RAM does not go
 * away after that, as a device's memory may. Not at its last halfword: another hart may have stored a longer instruction
 * there since. */
PART_OF_FAST_PATH bool firmware_word_stays(uint64_t pc)
{
	return pc - machine.ram_base < machine.word_places;
}

/** The instruction at @p pc, which firmware_word_stays. */
PART_OF_FAST_PATH uint32_t firmware_word(uint64_t pc)
{
	const uint16_t *at = (const uint16_t *)pc;
	uint32_t low = at[0];

	return instruction_is_long(low) ? low | (uint32_t)at[1] << 16 : low;
}

#endif
