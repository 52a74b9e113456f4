/* A module that looks only at world switches.
 * Its hook runs at each switch from the firmware to the payload. It must not change the guest. */
#ifndef HV_CONFIG_IMAGE_TEST_SWITCHER_H
#define HV_CONFIG_IMAGE_TEST_SWITCHER_H

#include "hv/module/api.h"

/** The state of the module on one hart. */
struct switcher {
	uint64_t switches;
};

/** Counts the switch. Called on the hart that makes it. */
void switcher_switch_from_firmware_to_payload(struct switcher *self, struct hart *hart, struct vcpu *vcpu);

#endif
