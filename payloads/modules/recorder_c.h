/* recorder_c: claims load page faults and breakpoints of the payload, and logs the payload's traps.
 * Called through the generated dispatch, in the images of this folder's tests.
 * Must not change an exit unless a guest has asked for it. */
#ifndef PAYLOADS_MODULES_RECORDER_C_H
#define PAYLOADS_MODULES_RECORDER_C_H

#include "payloads/modules/recorder.h"

struct recorder_c {
	struct recorder recorder;
};

void recorder_c_init(struct recorder_c *self, struct hart *hart);
enum hook_action recorder_c_trap_from_payload(struct recorder_c *self, struct hart *hart, struct vcpu *vcpu);

#endif
