/* Ends the machine by the SiFive test finisher. */
#include "payloads/runtime/machine.h"
#include "payloads/runtime/reset.h"

#include <stdint.h>

void reset_end(unsigned code)
{
	*(volatile uint32_t *)FINISHER_ADDRESS = code ? FINISHER_FAIL | code << 16 : FINISHER_PASS;
	for (;;)
		__asm__ volatile("wfi");
}
