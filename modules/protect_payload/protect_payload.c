/* What passes between the payload and the firmware when one of them stops and the other continues. */
#define LOG_NAME protect_payload
#include "modules/protect_payload/protect_payload.h"

#include <string.h>

/* ---- from the payload to the firmware ---- */

static enum hook_action reflect(struct vcpu *vcpu, uint64_t cause, uint64_t value)
{
	vcpu_reflect_to_supervisor(vcpu, cause, value);
	return HOOK_OVERWRITE;
}

/* The firmware gets only instructions of the opcode SYSTEM, because it may have to emulate accesses to CSRs. */
static enum hook_action illegal(struct protect_payload *self, struct vcpu *vcpu)
{
	if (payload_read_time(vcpu))
		return HOOK_OVERWRITE;
	IGNORE_ERROR(vcpu_fault_instruction(vcpu)); /* if it cannot be read, the word is 0, which has another opcode */
	if (!protect_is_system(vcpu->trap.instruction))
		return reflect(vcpu, CAUSE_ILLEGAL, vcpu->trap.instruction);
	self->instruction = vcpu->trap.instruction;
	vcpu->trap.value = vcpu->trap.instruction;
	return HOOK_IGNORE;
}

static enum hook_action misaligned(struct vcpu *vcpu)
{
	switch (emulate_misaligned(vcpu)) {
	case EMULATION_DONE:
		return HOOK_OVERWRITE;
	case EMULATION_FAULT:
		return reflect(vcpu, vcpu->fault.cause, vcpu->fault.value);
	default:
		return reflect(vcpu, vcpu_trap(vcpu)->cause, vcpu_trap(vcpu)->value);
	}
}

enum hook_action protect_payload_trap_from_payload(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	return vcpu_trap(vcpu)->cause == CAUSE_ILLEGAL ? illegal(self, vcpu) : misaligned(vcpu);
}

enum hook_action protect_payload_ecall_from_payload(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	uint64_t eid = vcpu_reg(vcpu, A7);

	if (eid == HARTSCOPE_EID || eid == HARTSCOPE_PEER_EID) /* hv answers these */
		return HOOK_IGNORE;

	const struct protect_call *call = protect_call_find(eid, vcpu_reg(vcpu, A6));

	return call ? protect_call_begin(self, hart, vcpu, call) : protect_call_refuse(self, vcpu);
}

/* Takes the registers from the payload, in one loop, because every interrupt of the firmware comes here. */
static void take_registers(struct protect_payload *self, struct vcpu *vcpu)
{
	for (unsigned i = 0; i < GUEST_REGISTERS; i++) {
		self->regs[i] = vcpu->regs[i];
		vcpu->regs[i] = 0;
	}
}

void protect_payload_switch_from_payload_to_firmware(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	take_registers(self, vcpu);
	self->pc = vcpu->csr.mepc;
	self->cause = vcpu->csr.mcause;
	self->mode = (enum exec_mode)field_get(MSTATUS_MPP, vcpu->mstatus);
	self->fast = self->cause & CAUSE_INTERRUPT ? PROTECT_FAST_INTERRUPT : PROTECT_SLOW;
	self->next = self->pc + (self->cause == CAUSE_ECALL_S || self->cause == CAUSE_ILLEGAL ? 4 : 0);
	if (self->cause == CAUSE_ECALL_S)
		memcpy(vcpu->regs + A0, self->shown, sizeof(self->shown));
	else
		self->entry = PROTECT_ENTRY_RETURN;
	if (self->cause == CAUSE_ILLEGAL) {
		unsigned rs1 = protect_operand(self->instruction);

		vcpu_set_reg(vcpu, rs1, self->regs[rs1]);
	}
}

/* ---- from the firmware to the payload ---- */

static _Noreturn void refuse(struct protect_payload *self, const struct vcpu *vcpu, const char *reason)
{
	LOG_ERROR(self, "the firmware enters the payload at 0x%lx in mode %u", vcpu_pc(vcpu), vcpu_mode(vcpu));
	protect_note_denied(self, vcpu_pc(vcpu), PMP_ACCESS_EXECUTE);
	module_fatal(self, reason);
}

/* A hart that starts or resumes finds its id in a0, the opaque value in a1, and interrupts and translation off (9.1, 9.4). All
 * other registers, and the CSRs of S-mode, get the values that they have after a reset. So nothing is left of what the firmware
 * has written, such as a trap vector. */
static void begin_anew(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu, uint64_t opaque)
{
	struct supervisor_context context;

	supervisor_context_reset(&context);
	context.scounteren = COUNTER_CY | COUNTER_TM | COUNTER_IR; /* as OpenSBI leaves it */
	supervisor_context_swap(vcpu, &context);
	protect_csrs_apply(self, vcpu);
	memset(vcpu->regs, 0, sizeof(vcpu->regs));
	vcpu_set_reg(vcpu, A0, hart_id(hart));
	vcpu_set_reg(vcpu, A1, opaque);
}

static bool is_at(struct hart *hart, const struct vcpu *vcpu, uint64_t pc, uint64_t opaque)
{
	return vcpu_pc(vcpu) == pc && vcpu_mode(vcpu) == EXEC_SUPERVISOR && vcpu_reg(vcpu, A0) == hart_id(hart) &&
	       vcpu_reg(vcpu, A1) == opaque;
}

static void start(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	uint32_t requested = atomic_load_explicit(&self->start, memory_order_acquire);
	uint64_t pc = self->start_pc, opaque = self->start_opaque; /* a new request may come when this one has ended */

	if (requested != PROTECT_START_REQUESTED ||
	    !atomic_compare_exchange_strong_explicit(&self->start, &requested, PROTECT_START_NONE, memory_order_acquire,
						     memory_order_relaxed))
		refuse(self, vcpu, "the firmware starts a hart that the payload has not started");
	if (self->sets_satp || !is_at(hart, vcpu, pc, opaque))
		refuse(self, vcpu, "the firmware starts a hart elsewhere than the payload wants");
	begin_anew(self, hart, vcpu, opaque);
}

/* Whether the firmware returns to where it has to. */
static bool returns(const struct protect_payload *self, const struct vcpu *vcpu)
{
	return vcpu_pc(vcpu) == self->next && vcpu_mode(vcpu) == self->mode;
}

/* If the firmware continues where it finds stvec, it has not emulated the illegal instruction: the payload gets the
 * exception. */
static bool gives_back(const struct protect_payload *self, const struct vcpu *vcpu)
{
	return self->cause == CAUSE_ILLEGAL && vcpu_pc(vcpu) == PROTECT_STVEC && vcpu_mode(vcpu) == EXEC_SUPERVISOR;
}

static void give_back(const struct protect_payload *self, struct vcpu *vcpu)
{
	vcpu->pc = self->pc;
	vcpu->mode = (enum mode)self->mode;
	vcpu_reflect_to_supervisor(vcpu, CAUSE_ILLEGAL, self->instruction);
}

static void finish(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	if (gives_back(self, vcpu))
		give_back(self, vcpu);
	else if (!returns(self, vcpu))
		refuse(self, vcpu, "the firmware continues elsewhere than where the payload has left");
	else if (self->cause == CAUSE_ILLEGAL)
		protect_instruction_end(self, vcpu);
	else if (self->fast == PROTECT_FAST_CALL)
		protect_plain_end(self, vcpu);
	else if (self->cause == CAUSE_ECALL_S)
		protect_call_end(self, hart, vcpu);
	memcpy(vcpu->regs, self->regs, sizeof(vcpu->regs));
}

void protect_payload_switch_from_firmware_to_payload(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	if (protect_lock(self, hart, vcpu)) {
		if (vcpu_pc(vcpu) != PROTECT_PAYLOAD || vcpu_mode(vcpu) != EXEC_SUPERVISOR)
			refuse(self, vcpu, "the firmware starts the payload elsewhere than at [memory] payload");
		begin_anew(self, hart, vcpu, vcpu_reg(vcpu, A1));
	} else if (self->entry == PROTECT_ENTRY_RETURN || (self->cause == CAUSE_ECALL_S && returns(self, vcpu))) {
		finish(self, hart, vcpu);
	} else if (self->entry == PROTECT_ENTRY_RESUME) {
		if (!is_at(hart, vcpu, self->resume_pc, self->resume_opaque))
			refuse(self, vcpu, "the firmware resumes a hart elsewhere than the payload wants");
		begin_anew(self, hart, vcpu, self->resume_opaque);
	} else {
		start(self, hart, vcpu);
	}
}
