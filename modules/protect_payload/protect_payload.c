/* What passes between the payload and the firmware when one of them stops and the other continues. */
#define LOG_NAME protect_payload
#include "modules/protect_payload/protect_payload.h"

#include <string.h>

#define REGISTERS 32

/* ---- from the payload to the firmware ---- */

static enum hook_action reflect(struct vcpu *vcpu, uint64_t cause, uint64_t value)
{
	vcpu_reflect_to_supervisor(vcpu, cause, value);
	return HOOK_OVERWRITE;
}

/* The firmware gets only instructions of the opcode SYSTEM, because it may have to emulate accesses to CSRs. */
static enum hook_action illegal(struct protect_payload *self, struct vcpu *vcpu)
{
	if (vcpu_fault_instruction(vcpu) != ERROR_NONE)
		return reflect(vcpu, CAUSE_ILLEGAL, 0);

	uint32_t instruction = vcpu->trap.instruction;

	if (!protect_is_system(instruction))
		return reflect(vcpu, CAUSE_ILLEGAL, instruction);
	if (!machine.has_time && (instruction & READ_TIME_MASK) == READ_TIME && payload_may_read_time(vcpu)) {
		vcpu_set_reg(vcpu, instruction >> 7 & 31, *machine_mtime());
		vcpu_skip_instruction(vcpu);
		return HOOK_OVERWRITE;
	}
	self->instruction = instruction;
	vcpu->trap.value = instruction;
	return HOOK_IGNORE;
}

static enum hook_action misaligned(struct vcpu *vcpu)
{
	uint64_t cause = vcpu_trap(vcpu)->cause, value = vcpu_trap(vcpu)->value;

	if ((csr_read(CSR_mstatus) & MSTATUS_MPV) || vcpu_fault_instruction(vcpu) != ERROR_NONE)
		return reflect(vcpu, cause, value);

	struct instruction instruction = instruction_decode(vcpu->trap.instruction);

	if (instruction.kind != INSTRUCTION_LOAD && instruction.kind != INSTRUCTION_STORE)
		return reflect(vcpu, cause, value);
	switch (emulate_access(vcpu, &instruction)) {
	case EMULATION_DONE:
		vcpu_skip_instruction(vcpu);
		return HOOK_OVERWRITE;
	case EMULATION_FAULT:
		return reflect(vcpu, vcpu->fault.cause, vcpu->fault.value);
	default:
		return reflect(vcpu, cause, value);
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

void protect_payload_switch_from_payload_to_firmware(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	memcpy(self->regs, vcpu->regs, sizeof(self->regs));
	memset(vcpu->regs, 0, sizeof(vcpu->regs));
	self->pc = vcpu->csr.mepc;
	self->cause = vcpu->csr.mcause;
	self->mode = (enum exec_mode)field_get(MSTATUS_MPP, vcpu->mstatus);
	self->fast = self->cause & CAUSE_INTERRUPT ? PROTECT_FAST_INTERRUPT : PROTECT_SLOW;
	self->next = self->pc;
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
 * other registers and CSRs are undefined there. They get fixed values, so that nothing is left of what the firmware has written,
 * such as a trap vector. */
static void begin_anew(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu, uint64_t opaque)
{
	protect_csrs_apply(self, vcpu);

	memset(vcpu->regs, 0, sizeof(vcpu->regs));
	vcpu_set_reg(vcpu, A0, hart_id(hart));
	vcpu_set_reg(vcpu, A1, opaque);
	csr_write(CSR_satp, 0);
	csr_clear(CSR_mstatus, MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_MXR);
	csr_write(CSR_stvec, 0);
	csr_write(CSR_sscratch, 0);
	csr_write(CSR_sepc, 0);
	csr_write(CSR_scause, 0);
	csr_write(CSR_stval, 0);
	csr_write(CSR_scounteren, COUNTER_CY | COUNTER_TM | COUNTER_IR); /* as OpenSBI leaves it */
	if (machine.has_senvcfg)
		csr_write(CSR_senvcfg, 0);
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

/* The firmware has emulated the instruction if it continues after the instruction. If it continues where it finds stvec, it
 * wants the payload to get the exception. */
static void end_illegal(struct protect_payload *self, struct vcpu *vcpu)
{
	unsigned rd = self->instruction >> 7 & 31;

	if (vcpu_pc(vcpu) == self->pc + 4 && vcpu_mode(vcpu) == self->mode) {
		self->regs[rd] = rd ? vcpu_reg(vcpu, rd) : 0;
		return;
	}
	if (vcpu_pc(vcpu) != PROTECT_STVEC || vcpu_mode(vcpu) != EXEC_SUPERVISOR)
		refuse(self, vcpu, "the firmware continues elsewhere than where the payload has left");
	vcpu->pc = self->pc;
	vcpu->mode = (enum mode)self->mode;
	vcpu_reflect_to_supervisor(vcpu, CAUSE_ILLEGAL, self->instruction);
}

static void finish(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	uint64_t pc = self->cause == CAUSE_ECALL_S ? self->pc + 4 : self->pc;

	if (self->cause == CAUSE_ILLEGAL)
		end_illegal(self, vcpu);
	else if (vcpu_pc(vcpu) != pc || vcpu_mode(vcpu) != self->mode)
		refuse(self, vcpu, "the firmware continues elsewhere than where the payload has left");
	else if (self->fast == PROTECT_FAST_CALL)
		protect_plain_end(self, vcpu);
	else if (self->cause == CAUSE_ECALL_S)
		protect_call_end(self, hart, vcpu);
	memcpy(vcpu->regs, self->regs, sizeof(vcpu->regs));
}

/* Whether the firmware continues after the payload's call. */
static bool returns(const struct protect_payload *self, const struct vcpu *vcpu)
{
	return self->cause == CAUSE_ECALL_S && vcpu_pc(vcpu) == self->pc + 4 && vcpu_mode(vcpu) == self->mode;
}

void protect_payload_switch_from_firmware_to_payload(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	if (protect_lock(self, hart, vcpu)) {
		if (vcpu_pc(vcpu) != PROTECT_PAYLOAD || vcpu_mode(vcpu) != EXEC_SUPERVISOR)
			refuse(self, vcpu, "the firmware starts the payload elsewhere than at [memory] payload");
		begin_anew(self, hart, vcpu, vcpu_reg(vcpu, A1));
	} else if (self->entry == PROTECT_ENTRY_RETURN || returns(self, vcpu)) {
		finish(self, hart, vcpu);
	} else if (self->entry == PROTECT_ENTRY_RESUME) {
		if (!is_at(hart, vcpu, self->resume_pc, self->resume_opaque))
			refuse(self, vcpu, "the firmware resumes a hart elsewhere than the payload wants");
		begin_anew(self, hart, vcpu, self->resume_opaque);
	} else {
		start(self, hart, vcpu);
	}
}
