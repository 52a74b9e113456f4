/* The first recorder. It also answers the ecalls that guests make to any of the recorders, except the ecall by which
 * recorder_b broadcasts. */
#define LOG_NAME recorder_a
#include "payloads/modules/recorder_a.h"

void recorder_a_init(struct recorder_a *self, struct hart *hart)
{
	recorder_init(&self->recorder, 'a', hart);
}

enum hook_action recorder_a_trap_from_firmware(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu)
{
	return recorder_trap(&self->recorder, RECORDED_TRAP_FROM_FIRMWARE, hart, vcpu);
}

enum hook_action recorder_a_trap_from_payload(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu)
{
	return recorder_trap(&self->recorder, RECORDED_TRAP_FROM_PAYLOAD, hart, vcpu);
}

/* Answers the ecalls to the recorders, whether the firmware or the payload makes them. */
static enum hook_action serve(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu)
{
	struct hart_set set;

	if (!recorder_broadcasts(&self->recorder, vcpu, &set))
		return recorder_serve(hart, vcpu);
	module_broadcast_wait(self, set);
	sbi_return(vcpu, SBI_SUCCESS, 0);
	return HOOK_OVERWRITE;
}

enum hook_action recorder_a_ecall_from_firmware(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu)
{
	if (serve(self, hart, vcpu) == HOOK_OVERWRITE)
		return HOOK_OVERWRITE;
	return recorder_ecall(&self->recorder, RECORDED_ECALL_FROM_FIRMWARE, hart, vcpu);
}

enum hook_action recorder_a_ecall_from_payload(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu)
{
	if (serve(self, hart, vcpu) == HOOK_OVERWRITE)
		return HOOK_OVERWRITE;
	return recorder_ecall(&self->recorder, RECORDED_ECALL_FROM_PAYLOAD, hart, vcpu);
}

void recorder_a_decided_next_exec_mode(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu,
				       enum exec_mode previous, enum exec_mode next)
{
	recorder_note(&self->recorder, RECORDED_DECIDED, hart, vcpu, previous, next);
}

void recorder_a_switch_from_payload_to_firmware(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu)
{
	recorder_note(&self->recorder, RECORDED_TO_FIRMWARE, hart, vcpu, 0, 0);
}

void recorder_a_switch_from_firmware_to_payload(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu)
{
	recorder_note(&self->recorder, RECORDED_TO_PAYLOAD, hart, vcpu, 0, 0);
}

void recorder_a_on_interrupt(struct recorder_a *self, struct hart *hart, struct vcpu *vcpu)
{
	recorder_note(&self->recorder, RECORDED_ON_INTERRUPT, hart, vcpu, 0, 0);
}

void recorder_a_on_shutdown(struct recorder_a *self, struct hart *hart)
{
	recorder_shutdown(&self->recorder, hart, &module_state(self, hart_total() - 1)->recorder);
}
