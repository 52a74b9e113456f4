/* Drivers of the devices that end the machine. The SiFive test finisher has one register of 32 bits: the low half is the
 * command, and the high half is the exit code. hv also examines the guests' stores to this register, so that it can finish
 * its own work before the machine ends. */
#include "hv/device/reset.h"

#include "hv/arch/fence.h"
#include "hv/device/htif.h"
#include "hv/device/mmio.h"
#include "hv/platform/platform.h"

#define FINISHER_FAIL 0x3333
#define FINISHER_PASS 0x5555
#define FINISHER_RESET 0x7777

bool reset_contains(uint64_t address)
{
	return address - platform.reset.base < platform.reset.size;
}

bool reset_ends_run(uint64_t address, unsigned width, uint64_t value)
{
	uint64_t what = value & 0xffff;

	return address == platform.reset.base && (width & (2 | 4)) &&
	       (what == FINISHER_FAIL || what == FINISHER_PASS || what == FINISHER_RESET);
}

void reset_exit(unsigned code)
{
	uint32_t command = code ? FINISHER_FAIL | (uint32_t)code << 16 : FINISHER_PASS;

	for (;;) {
		if (platform.reset.kind == RESET_FINISHER) {
			mmio_write32(platform.reset.base, command);
		} else if (platform.reset.kind == RESET_HTIF) {
			/* Spike serves the last byte of the console some time later, and no interrupt reports that. */
			while (!htif_accepts())
				;
			htif_request(HTIF_EXIT(code));
		}
		wait_for_interrupt();
	}
}
