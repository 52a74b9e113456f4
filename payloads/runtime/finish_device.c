/* Ends a run by a write to the machine's reset device. This works on the bare machine and under hv. */
#include "payloads/runtime/machine.h"
#include "payloads/runtime/test.h"

void test_begin(void)
{
}

void test_finish(unsigned code)
{
	*(volatile uint32_t *)FINISHER_ADDRESS = code ? FINISHER_FAIL | code << 16 : FINISHER_PASS;
	for (;;)
		__asm__ volatile("wfi");
}
