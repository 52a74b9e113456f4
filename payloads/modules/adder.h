/* adder: a test module with an SBI call that takes long: it adds the bytes of a region of memory, in pieces.
 * Called through the generated dispatch, in the images of this folder's tests.
 * Must not know what the bytes are. */
#ifndef PAYLOADS_MODULES_ADDER_H
#define PAYLOADS_MODULES_ADDER_H

#include "hv/module/api.h"
#include "payloads/modules/calls.h"

/** The state of one hart, which only this hart reads and writes. */
struct adder {
	struct long_call call;
	uint64_t sum; /* of the first call.done bytes */
};

enum hook_action adder_ecall_from_payload(struct adder *self, struct hart *hart, struct vcpu *vcpu);

#endif
