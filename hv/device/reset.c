/* Driver of the SiFive test finisher. It has one register of 32 bits: the low half is the command, and the high
 * half is the exit code. hv writes this register to end the machine. It also examines the guests' stores to the
 * register, so that it can finish its own work before the machine ends. */
#include "hv/device/reset.h"

#include "hv/arch/fence.h"
#include "hv/device/mmio.h"
#include "hv/platform/platform.h"

#define FINISHER_FAIL 0x3333
#define FINISHER_PASS 0x5555
#define FINISHER_RESET 0x7777

bool reset_contains(uint64_t address)
{
	return address - platform.reset_base < platform.reset_size;
}

bool reset_ends_run(uint64_t address, unsigned width, uint64_t value)
{
	uint64_t what = value & 0xffff;

	return address == platform.reset_base && (width & (2 | 4)) &&
	       (what == FINISHER_FAIL || what == FINISHER_PASS || what == FINISHER_RESET);
}

void reset_exit(unsigned code)
{
	uint32_t command = code ? FINISHER_FAIL | (uint32_t)code << 16 : FINISHER_PASS;

	for (;;) {
		mmio_write32(platform.reset_base, command);
		wait_for_interrupt();
	}
}
