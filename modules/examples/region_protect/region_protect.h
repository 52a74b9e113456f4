/* region_protect: closes the region `[region_protect] start, size` to the firmware. The payload keeps all rights.
 * The generated dispatch code calls the hook. Must not know what the region contains. */
#ifndef MODULES_EXAMPLES_REGION_PROTECT_H
#define MODULES_EXAMPLES_REGION_PROTECT_H

#include "hv/module/api.h"

/** The module has no state, but C needs a member. */
struct region_protect {
	uint8_t unused;
};

/** Sets the two PMP entries of this hart. Each has a permission for the firmware and one for the payload, so the module
 * need not change them at world switches. */
void region_protect_init(struct region_protect *self, struct hart *hart);

#endif
