/* The second recorder. With its PMP entry it can also forbid one world, the firmware or the payload, to access some
 * memory. */
#define LOG_NAME recorder_b
#include "payloads/modules/recorder_b.h"

#define GUARDED_BYTES 4096

/* Called when hv switches to @p world. Sets the PMP entry so that it forbids access to the protected memory if @p world
 * may not access it, and so that the entry is off otherwise. */
static void guard(struct recorder_b *self, const struct hart *hart, enum world world)
{
	struct recorder_guard wanted = recorder_guard(hart);
	enum error error = wanted.address == 0 || wanted.from != world
				   ? module_pmp_off(self, 0, 0)
				   : module_pmp_napot(self, 0, wanted.address, GUARDED_BYTES, PMP_NONE);

	if (error)
		module_fatal(self, "the guard's PMP entry is refused");
}

void recorder_b_init(struct recorder_b *self, struct hart *hart)
{
	recorder_init(&self->recorder, 'b', hart);
}

enum hook_action recorder_b_trap_from_firmware(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu)
{
	return recorder_trap(&self->recorder, RECORDED_TRAP_FROM_FIRMWARE, hart, vcpu);
}

enum hook_action recorder_b_trap_from_payload(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu)
{
	return recorder_trap(&self->recorder, RECORDED_TRAP_FROM_PAYLOAD, hart, vcpu);
}

/* Answers the ecall RECORDER_BROADCAST to recorder_b, whether the firmware or the payload makes it. recorder_a cannot
 * answer it, because a module can broadcast only to its own hooks. */
static enum hook_action serve(struct recorder_b *self, struct vcpu *vcpu)
{
	struct hart_set set;

	if (!recorder_broadcasts(&self->recorder, vcpu, &set))
		return HOOK_IGNORE;
	module_broadcast_wait(self, set);
	sbi_return(vcpu, SBI_SUCCESS, 0);
	return HOOK_OVERWRITE;
}

enum hook_action recorder_b_ecall_from_firmware(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu)
{
	if (serve(self, vcpu) == HOOK_OVERWRITE)
		return HOOK_OVERWRITE;
	return recorder_ecall(&self->recorder, RECORDED_ECALL_FROM_FIRMWARE, hart, vcpu);
}

enum hook_action recorder_b_ecall_from_payload(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu)
{
	if (serve(self, vcpu) == HOOK_OVERWRITE)
		return HOOK_OVERWRITE;
	return recorder_ecall(&self->recorder, RECORDED_ECALL_FROM_PAYLOAD, hart, vcpu);
}

void recorder_b_decided_next_exec_mode(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu,
				       enum exec_mode previous, enum exec_mode next)
{
	recorder_note(&self->recorder, RECORDED_DECIDED, hart, vcpu, previous, next);
}

void recorder_b_switch_from_payload_to_firmware(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu)
{
	guard(self, hart, WORLD_FIRMWARE);
	recorder_note(&self->recorder, RECORDED_TO_FIRMWARE, hart, vcpu, 0, 0);
}

void recorder_b_switch_from_firmware_to_payload(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu)
{
	guard(self, hart, WORLD_PAYLOAD);
	recorder_note(&self->recorder, RECORDED_TO_PAYLOAD, hart, vcpu, 0, 0);
}

void recorder_b_on_interrupt(struct recorder_b *self, struct hart *hart, struct vcpu *vcpu)
{
	recorder_note(&self->recorder, RECORDED_ON_INTERRUPT, hart, vcpu, 0, 0);
}

void recorder_b_on_shutdown(struct recorder_b *self, struct hart *hart)
{
	recorder_shutdown(&self->recorder, hart, &module_state(self, hart_total() - 1)->recorder);
}
