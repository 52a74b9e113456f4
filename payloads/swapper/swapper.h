/* A module that hides the payload's FP and vector registers from the firmware, and calls functions of the module API when
 * a guest asks for it (calls.h).
 * Called through the generated dispatch. Must not know the tests. */
#ifndef PAYLOADS_SWAPPER_SWAPPER_H
#define PAYLOADS_SWAPPER_SWAPPER_H

#include "hv/module/api.h"
#include "payloads/swapper/swapper_calls.h"

struct swapper {
	struct extension_state state;
	struct supervisor_context context;
};

void swapper_init(struct swapper *self, struct hart *hart);
enum hook_action swapper_ecall_from_firmware(struct swapper *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action swapper_ecall_from_payload(struct swapper *self, struct hart *hart, struct vcpu *vcpu);

#endif
