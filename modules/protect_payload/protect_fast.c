/* The fast paths of both world switches: for calls in which only registers pass, for instructions that the firmware emulates,
 * and for the way back from an interrupt. They are leaf functions; look at the disassembly after any change. */
#define LOG_NAME protect_payload
#include "modules/protect_payload/protect_payload.h"

#define ARGUMENTS 0x3fc00u /* a0 to a7 */
#define NOT_PLAIN 0u

/* The registers that pass to the firmware in a call of kind PLAIN, with PROTECT_IS_PLAIN, or a number without that bit. */
PART_OF_FAST_PATH uint32_t plain_arguments(uint64_t eid, uint64_t fid)
{
	const struct protect_extension *extension = &protect_extensions[protect_slot(eid)];

	if (extension->eid != eid || fid >= PROTECT_FUNCTIONS)
		return NOT_PLAIN;
	return (uint32_t)(extension->functions >> PROTECT_FUNCTION_BITS * fid);
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
	if (cause == CAUSE_ECALL_S && !(shown & PROTECT_IS_PLAIN))
		return false;

	fast_registers_save(vcpu, self->regs);
	fast_registers_clear(vcpu, ARGUMENTS);
	self->pc = fast_payload_pc();
	self->next = self->pc + 4;
	self->mode = fast_payload_mode();
	self->entry = PROTECT_ENTRY_RETURN;
	self->cause = cause;
	self->instruction = instruction;
	if (cause != CAUSE_ECALL_S) {
		unsigned rs1 = protect_operand(instruction);

		for (unsigned i = A0; i <= A7; i++)
			vcpu_set_reg(vcpu, i, 0);
		vcpu_set_reg(vcpu, rs1, self->regs[rs1]);
		self->fast = PROTECT_FAST_INSTRUCTION;
		return true;
	}
	_Pragma("GCC unroll 6") for (unsigned i = 0; i < 6; i++) if (!(shown >> i & 1)) vcpu->regs[A0 + i] = 0;
	self->fast = PROTECT_FAST_CALL;
	return true;
}

bool protect_fast_firmware_mret(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause)
{
	(void)hart;
	(void)cause;
	if (self->fast == PROTECT_SLOW || vcpu_pc(vcpu) != self->next || vcpu_mode(vcpu) != self->mode)
		return false;
	if (self->fast == PROTECT_FAST_CALL)
		protect_plain_end(self, vcpu);
	else if (self->fast == PROTECT_FAST_INSTRUCTION)
		protect_instruction_end(self, vcpu);
	fast_registers_load(vcpu, self->regs, 0);
	self->fast = PROTECT_SLOW;
	return true;
}
