/* keeper: a test module that keeps the payload's registers x1 to x31 from the firmware. At a switch to the firmware it
 * saves them and shows the firmware zeros, except the arguments of an ecall. When the firmware returns to where the payload
 * was, it restores them, except the result of an ecall. It does this in fast paths, and in hooks for all other switches.
 * Called through the generated dispatch, in the images of this folder's tests, and where the cost of this is measured.
 * Must not know what an ecall asks for, except its own. */
#ifndef PAYLOADS_MODULES_KEEPER_H
#define PAYLOADS_MODULES_KEEPER_H

#include "hv/module/api.h"
#include "payloads/modules/calls.h"

/** The state of one hart, which only this hart reads and writes. */
struct keeper {
	uint64_t saved[32];
	uint64_t pc, cause;         /* where the payload was when the firmware took over, and why it did; 0 at first */
	bool hides_calls;           /* the firmware does not see the arguments of ecalls either */
	bool refuses[KEEPER_KINDS]; /* the fast path leaves everything to the hooks */
	uint64_t counts[KEEPER_KINDS]; /* how often the hook has run, by enum keeper_kind */
};

enum hook_action keeper_ecall_from_firmware(struct keeper *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action keeper_ecall_from_payload(struct keeper *self, struct hart *hart, struct vcpu *vcpu);
void keeper_switch_from_payload_to_firmware(struct keeper *self, struct hart *hart, struct vcpu *vcpu);
void keeper_switch_from_firmware_to_payload(struct keeper *self, struct hart *hart, struct vcpu *vcpu);

bool keeper_fast_payload_trap(struct keeper *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause);
bool keeper_fast_firmware_mret(struct keeper *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause);

#endif
