/* recorder_a: a test module that logs the calls of all its hooks, and answers the ecalls to the recorders.
 * hv calls its hooks through generated code (the dispatch of hooks), in the images of this folder's tests.
 * Must not change how hv handles a trap unless a guest has asked for it. */
#ifndef PAYLOADS_MODULES_RECORDER_A_H
#define PAYLOADS_MODULES_RECORDER_A_H

#include "payloads/modules/recorder.h"

struct recorder_a {
	struct recorder recorder;
};

void recorder_a_init(struct recorder_a *self, struct hart *hart);
enum hook_action recorder_a_trap_from_firmware(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action recorder_a_trap_from_payload(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action recorder_a_ecall_from_firmware(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action recorder_a_ecall_from_payload(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu);
void recorder_a_decided_next_exec_mode(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu,
				       enum exec_mode previous, enum exec_mode next);
void recorder_a_switch_from_payload_to_firmware(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu);
void recorder_a_switch_from_firmware_to_payload(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu);
void recorder_a_on_interrupt(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu);
void recorder_a_on_shutdown(struct recorder_a *self, struct hart *hart);

#endif
