/* Closes a region with two PMP entries in TOR mode: the first one is off, but its address is where the range of the second one
 * begins. A TOR range needs no alignment to its size. */
#define LOG_NAME region_protect
#include "modules/examples/region_protect/region_protect.h"

#define START ((uint64_t)CONFIG_REGION_PROTECT_START) /* a key has the type that C gives to the number */
#define END (START + CONFIG_REGION_PROTECT_SIZE)

_Static_assert(END > START && END < 1ull << 56, "[region_protect] size is 0, or too large for start");

void region_protect_init(struct region_protect *self, struct hart *hart)
{
	if (module_pmp_off(self, 0, START) != ERROR_NONE ||
	    module_pmp_tor(self, 1, END, PMP_NONE, PMP_RWX) != ERROR_NONE)
		module_fatal(self, "this machine cannot protect the region");
	if (hart_index(hart) == 0)
		LOG_INFO(self, "0x%lx to 0x%lx is closed to the firmware", START, END);
}
