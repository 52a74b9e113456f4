/* A module that looks at world switches only.
 * Called on each switch to the payload. Must not change anything. */
#ifndef HV_CONFIG_IMAGE_TEST_SWITCHER_H
#define HV_CONFIG_IMAGE_TEST_SWITCHER_H

#include "hv/module/api.h"

struct switcher {
	uint64_t switches;
};

/** Counts the switch. On the hart that makes it. */
void switcher_switch_from_firmware_to_payload(struct switcher *self, struct hart *hart, struct vcpu *vcpu);

#endif
