/* Contains those functions of quiet.h that only wait. They are not in quiet.c, because guests in S-mode use them too
 * and cannot link quiet.c. */
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/trap.h"

#define PAUSE_STEPS 20000

void quiet_wait_for_interrupts(const struct trap_area *area, uint64_t count)
{
	while (*(const volatile uint64_t *)&area->taken < count)
		;
}

void quiet_pause(void)
{
	for (unsigned i = 0; i < PAUSE_STEPS; i++)
		__asm__ volatile("");
}
