/* A module `switching` with a hook of the switch to the firmware. A proof defines what the hook does. Only
 * hv/proofs/with_switching.toml names the module. Must not know about any module of an image. */
#ifndef HV_TESTING_SWITCHING_H
#define HV_TESTING_SWITCHING_H

#include "hv/module/api.h"

/** The module's state, which the generated dispatch code needs. */
struct switching {
	bool started; /* not used */
};

/** Changes registers of the hart, as a module does that hides them from the firmware. */
void switching_switch_from_payload_to_firmware(struct switching *self, struct hart *hart, struct vcpu *vcpu);

#endif
