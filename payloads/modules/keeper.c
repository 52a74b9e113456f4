/* The fast paths and the hooks of the module. The two fast paths are leaf functions; look at the disassembly after any
 * change. */
#define LOG_NAME keeper
#include "payloads/modules/keeper.h"

#define A0 10
#define A1 11
#define A6 16
#define A7 17
#define ARGUMENTS 0x3fc00u /* a0 to a7 */
#define RESULTS 0xc00u     /* a0 and a1 */

/* Whether the payload continues where it was: at the instruction that trapped, or after it. */
PART_OF_FAST_PATH bool keeper_continues(const struct keeper *self, const struct vcpu *vcpu)
{
	return vcpu_pc(vcpu) - self->pc <= 4;
}

/* ---- in the first tier ---- */

bool keeper_fast_payload_trap(struct keeper *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause)
{
	(void)hart;
	if (self->refuses[KEEPER_TRAPS] || (cause == CAUSE_ECALL_S && vcpu_reg(vcpu, A7) == KEEPER_EID))
		return false;
	fast_registers_save(vcpu, self->saved);
	if (cause == CAUSE_ECALL_S && !self->hides_calls)
		fast_registers_clear(vcpu, ARGUMENTS);
	else
		fast_registers_clear(vcpu, 0);
	self->pc = fast_payload_pc();
	self->cause = cause;
	return true;
}

bool keeper_fast_firmware_mret(struct keeper *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause)
{
	(void)hart, (void)cause;
	if (self->refuses[KEEPER_MRETS] || !keeper_continues(self, vcpu))
		return false;
	if (self->cause == CAUSE_ECALL_S)
		fast_registers_load(vcpu, self->saved, RESULTS);
	else
		fast_registers_load(vcpu, self->saved, 0);
	return true;
}

/* ---- in the second tier ---- */

void keeper_switch_from_payload_to_firmware(struct keeper *self, struct hart *hart, struct vcpu *vcpu)
{
	uint32_t shown;

	(void)hart;
	self->pc = vcpu->csr.mepc;
	self->cause = vcpu_trap(vcpu)->cause;
	self->counts[KEEPER_TRAPS]++;
	shown = self->cause == CAUSE_ECALL_S && !self->hides_calls ? ARGUMENTS : 0;
	for (unsigned i = 1; i < GUEST_REGISTERS; i++) {
		self->saved[i] = vcpu_reg(vcpu, i);
		if (!(shown >> i & 1))
			vcpu_set_reg(vcpu, i, 0);
	}
}

void keeper_switch_from_firmware_to_payload(struct keeper *self, struct hart *hart, struct vcpu *vcpu)
{
	uint32_t passed = self->cause == CAUSE_ECALL_S ? RESULTS : 0;

	(void)hart;
	self->counts[KEEPER_MRETS]++;
	if (!keeper_continues(self, vcpu))
		return; /* the firmware starts something else */
	for (unsigned i = 1; i < GUEST_REGISTERS; i++)
		if (!(passed >> i & 1))
			vcpu_set_reg(vcpu, i, self->saved[i]);
}

static enum hook_action answer(struct keeper *self, struct vcpu *vcpu)
{
	uint64_t a0 = vcpu_reg(vcpu, A0), value = 0;

	if (vcpu_reg(vcpu, A7) != KEEPER_EID)
		return HOOK_IGNORE;
	switch (vcpu_reg(vcpu, A6)) {
	case KEEPER_COUNT:
		value = self->counts[a0 % KEEPER_KINDS];
		break;
	case KEEPER_REFUSE:
		self->refuses[a0 % KEEPER_KINDS] = vcpu_reg(vcpu, A1);
		break;
	case KEEPER_HIDE:
		self->hides_calls = a0;
		break;
	}
	sbi_return(vcpu, SBI_SUCCESS, value);
	return HOOK_OVERWRITE;
}

enum hook_action keeper_ecall_from_firmware(struct keeper *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	return answer(self, vcpu);
}

enum hook_action keeper_ecall_from_payload(struct keeper *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	return answer(self, vcpu);
}
