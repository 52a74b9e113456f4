/* The fast paths of both world switches, for calls in which only registers pass, and for instructions
 * that the firmware emulates. They are leaf functions; look at the
 * disassembly after any change. */
#define LOG_NAME protect_payload
#include "modules/protect_payload/protect_payload.h"

#define NOT_PLAIN 0u

/* The registers that pass to the firmware in a call of kind PLAIN, or NOT_PLAIN. */
PART_OF_FAST_PATH uint32_t plain_arguments(uint64_t eid, uint64_t fid)
{
	for (const struct protect_extension *each = protect_extensions; each->functions; each++)
		if (each->eid == eid) {
			uint32_t function = fid < PROTECT_FUNCTIONS ? (uint32_t)(each->functions >> PROTECT_FUNCTION_BITS * fid) : 0;

			return function & PROTECT_IS_PLAIN ? function : NOT_PLAIN;
		}
	return NOT_PLAIN;
}

/* Whether the firmware has to emulate the instruction that has trapped. Only registers that trap.S saves can pass here. */
PART_OF_FAST_PATH bool passes(uint32_t instruction)
{
	return protect_is_system(instruction) && register_is_saved(instruction >> 15 & 31) &&
	       register_is_saved(instruction >> 7 & 31) &&
	       (machine.has_time || (instruction & READ_TIME_MASK) != READ_TIME);
}

bool protect_fast_payload_trap(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause)
{
	uint32_t instruction = (uint32_t)csr_read(CSR_mtval), shown = 0;

	(void)hart;
	if (cause == CAUSE_ECALL_S)
		shown = plain_arguments(vcpu_reg(vcpu, A7), vcpu_reg(vcpu, A6));
	else if (cause != CAUSE_ILLEGAL || !passes(instruction))
		return false;
	if (cause == CAUSE_ECALL_S && shown == NOT_PLAIN)
		return false;

	fast_registers_save(vcpu, self->regs);
	fast_registers_clear(vcpu, 0);
	self->pc = fast_payload_pc();
	self->mode = fast_payload_mode();
	self->entry = PROTECT_ENTRY_RETURN;
	self->cause = cause;
	self->instruction = instruction;
	if (shown == 0) {
		unsigned rs1 = instruction >> 15 & 31;

		vcpu_set_reg(vcpu, rs1, self->regs[rs1]);
		self->fast = PROTECT_FAST_INSTRUCTION;
		return true;
	}
	_Pragma("GCC unroll 6") for (unsigned i = 0; i < 6; i++) if (shown >> i & 1)
		vcpu_set_reg(vcpu, A0 + i, self->regs[A0 + i]);
	vcpu_set_reg(vcpu, A6, self->regs[A6]);
	vcpu_set_reg(vcpu, A7, self->regs[A7]);
	self->fast = PROTECT_FAST_CALL;
	return true;
}

bool protect_fast_firmware_mret(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause)
{
	unsigned rd = self->instruction >> 7 & 31;

	(void)hart;
	(void)cause;
	if (self->fast == PROTECT_SLOW || vcpu_pc(vcpu) != self->pc + 4 || vcpu_mode(vcpu) != self->mode)
		return false;
	if (self->fast == PROTECT_FAST_CALL)
		protect_plain_end(self, vcpu);
	else
		self->regs[rd] = vcpu_reg(vcpu, rd);
	fast_registers_load(vcpu, self->regs, 0);
	self->fast = PROTECT_SLOW;
	return true;
}
