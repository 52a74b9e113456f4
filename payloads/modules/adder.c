/* The call of the module. */
#define LOG_NAME adder
#include "payloads/modules/adder.h"

#define A0 10
#define A1 11
#define A7 17

/* Adds the next piece. @return false if the region is not the payload's memory */
static bool add_piece(struct adder *self, uint64_t address, uint64_t length)
{
	const uint8_t *bytes = guest_memory(address, length);
	uint64_t left = length - self->call.done, piece = left < LONG_CALL_PIECE ? left : LONG_CALL_PIECE;

	if (bytes == NULL)
		return false;
	for (uint64_t i = 0; i < piece; i++)
		self->sum += bytes[self->call.done + i];
	self->call.done += piece;
	return true;
}

enum hook_action adder_ecall_from_payload(struct adder *self, struct hart *hart, struct vcpu *vcpu)
{
	uint64_t address = vcpu_reg(vcpu, A0), length = vcpu_reg(vcpu, A1);

	(void)hart;
	if (vcpu_reg(vcpu, A7) != ADDER_EID)
		return HOOK_IGNORE;
	switch (long_call_enter(&self->call, vcpu)) {
	case LONG_CALL_CHANGED:
		sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
		return HOOK_OVERWRITE;
	case LONG_CALL_BEGINS:
		self->sum = 0;
		break;
	case LONG_CALL_CONTINUES:
		break;
	}
	if (!add_piece(self, address, length))
		long_call_return(&self->call, vcpu, SBI_ERR_INVALID_ADDRESS, 0);
	else if (self->call.done == length)
		long_call_return(&self->call, vcpu, SBI_SUCCESS, self->sum);
	else
		long_call_pause(vcpu);
	return HOOK_OVERWRITE;
}
