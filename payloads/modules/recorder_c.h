/* recorder_c: a test module that claims load page faults and breakpoints of the payload, and logs the traps of the
 * payload. hv takes the traps that a module claims, even if the firmware delegates them to the payload.
 * hv calls its hooks through generated code (the dispatch of hooks), in the images of this folder's tests.
 * Must not change how hv handles a trap unless a guest has asked for it. */
#ifndef PAYLOADS_MODULES_RECORDER_C_H
#define PAYLOADS_MODULES_RECORDER_C_H

#include "payloads/modules/recorder.h"

struct recorder_c {
	struct recorder recorder;
};

void recorder_c_init(struct recorder_c *self, struct hart *hart);
enum hook_action recorder_c_trap_from_payload(struct recorder_c *self, struct hart *hart, struct vcpu *vcpu);

#endif
