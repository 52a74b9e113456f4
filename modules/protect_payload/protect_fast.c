/* The fast paths of both world switches, for calls in which only registers pass, and for instructions
 * that the firmware emulates. They are leaf functions; look at the
 * disassembly after any change. */
#define LOG_NAME protect_payload
#include "modules/protect_payload/protect_payload.h"

#define ARGUMENTS 0x3fc00u /* a0 to a7 */
#define RESULTS 0xc00u     /* a0 and a1 */
#define NOT_PLAIN 0x100u

/* The extension in the low half, the function in the high half. */
#define CALL_KEY(EID, fid) ((uint64_t)(EID) | (uint64_t)(fid) << 32)

/* The registers that pass to the firmware in a call of kind PLAIN, or NOT_PLAIN. */
PART_OF_FAST_PATH uint32_t plain_arguments(uint64_t eid, uint64_t fid)
{
	if ((eid | fid) >> 32)
		return NOT_PLAIN;
	switch (CALL_KEY(eid, fid)) {
#define PROTECT_PLAIN_CALL(EID, fid, in)                                                                               \
	case CALL_KEY(SBI_EID_##EID, fid):                                                                             \
		return in;
#include "modules/protect_payload/calls.def"
	default:
		return NOT_PLAIN;
	}
}

/* Saves the payload's registers, and shows the firmware only those in the mask @p shown, which is a constant. */
PART_OF_FAST_PATH void leave_payload(struct protect_payload *self, struct vcpu *vcpu, uint32_t shown)
{
	fast_registers_save(vcpu, self->regs);
	fast_registers_clear(vcpu, shown);
	self->pc = fast_payload_pc();
	self->mode = fast_payload_mode();
	self->entry = PROTECT_ENTRY_RETURN;
}

PART_OF_FAST_PATH bool is_call(struct protect_payload *self, struct vcpu *vcpu)
{
	uint32_t shown = plain_arguments(vcpu_reg(vcpu, A7), vcpu_reg(vcpu, A6));

	if (shown == NOT_PLAIN)
		return false;
	leave_payload(self, vcpu, ARGUMENTS);
	_Pragma("GCC unroll 6") for (unsigned i = 0; i < 6; i++) if (!(shown >> i & 1)) vcpu_set_reg(vcpu, A0 + i, 0);
	self->cause = CAUSE_ECALL_S;
	self->fast = PROTECT_FAST_CALL;
	return true;
}

/* Only registers that trap.S saves can pass here. */
PART_OF_FAST_PATH bool is_instruction(struct protect_payload *self, struct vcpu *vcpu)
{
	uint64_t word = csr_read(CSR_mtval);
	unsigned rs1 = word >> 15 & 31, rd = word >> 7 & 31;

	if (!protect_is_system((uint32_t)word) || !register_is_saved(rs1) || !register_is_saved(rd) ||
	    (!machine.has_time && (word & READ_TIME_MASK) == READ_TIME))
		return false;
	leave_payload(self, vcpu, 0);
	vcpu_set_reg(vcpu, rs1, self->regs[rs1]);
	self->instruction = (uint32_t)word;
	self->cause = CAUSE_ILLEGAL;
	self->fast = PROTECT_FAST_INSTRUCTION;
	return true;
}

bool protect_fast_payload_trap(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause)
{
	(void)hart;
	if (cause == CAUSE_ECALL_S)
		return is_call(self, vcpu);
	return cause == CAUSE_ILLEGAL && is_instruction(self, vcpu);
}

bool protect_fast_firmware_mret(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause)
{
	unsigned rd = self->instruction >> 7 & 31;

	(void)hart;
	(void)cause;
	if (self->fast == PROTECT_SLOW || vcpu_pc(vcpu) != self->pc + 4 || vcpu_mode(vcpu) != self->mode)
		return false;
	if (self->fast == PROTECT_FAST_CALL) {
		fast_registers_load(vcpu, self->regs, RESULTS);
	} else {
		self->regs[rd] = vcpu_reg(vcpu, rd);
		fast_registers_load(vcpu, self->regs, 0);
	}
	self->fast = PROTECT_SLOW;
	return true;
}
