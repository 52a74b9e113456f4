/* Reads the firmware's instruction that trapped, directly from memory. Both tiers use it.
 * Included by fast paths and by emulate.c. Must not trap, because no guard protects the access. */
#ifndef HV_VIRT_FIRMWARE_WORD_H
#define HV_VIRT_FIRMWARE_WORD_H

#include "hv/arch/cold.h"
#include "hv/virt/instruction.h"
#include "hv/virt/machine.h"

/** Whether hv may call firmware_word for @p pc, from which the firmware has fetched an instruction (semantics 25). RAM
 * cannot disappear after the fetch, but the memory of a device can. The last halfword of RAM is excluded: another hart
 * may have replaced the instruction there by a longer instruction, which would extend past the end of RAM. */
PART_OF_FAST_PATH bool firmware_word_stays(uint64_t pc)
{
	return pc - machine.ram_base < machine.word_places;
}

/** The instruction at @p pc, for which firmware_word_stays must have returned true. */
PART_OF_FAST_PATH uint32_t firmware_word(uint64_t pc)
{
	const uint16_t *at = (const uint16_t *)pc;
	uint32_t low = at[0];

	return instruction_is_long(low) ? low | (uint32_t)at[1] << 16 : low;
}

#endif
