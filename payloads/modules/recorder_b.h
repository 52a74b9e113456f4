/* recorder_b: a test module that logs the calls of all its hooks. With its PMP entry it can also forbid the firmware or
 * the payload to access 4 KiB of memory.
 * hv calls its hooks through generated code (the dispatch of hooks), in the images of this folder's tests.
 * Must not change how hv handles a trap unless a guest has asked for it. */
#ifndef PAYLOADS_MODULES_RECORDER_B_H
#define PAYLOADS_MODULES_RECORDER_B_H

#include "payloads/modules/recorder.h"

struct recorder_b {
	struct recorder recorder;
};

void recorder_b_init(struct recorder_b *self, struct hart *hart);
enum hook_action recorder_b_trap_from_firmware(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action recorder_b_trap_from_payload(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action recorder_b_ecall_from_firmware(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action recorder_b_ecall_from_payload(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu);
void recorder_b_decided_next_exec_mode(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu,
				       enum exec_mode previous, enum exec_mode next);
void recorder_b_switch_from_payload_to_firmware(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu);
void recorder_b_switch_from_firmware_to_payload(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu);
void recorder_b_on_interrupt(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu);
void recorder_b_on_shutdown(struct recorder_b *self, struct hart *hart);

#endif
