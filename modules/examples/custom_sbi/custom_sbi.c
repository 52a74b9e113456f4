/* Answers the ecalls of one SBI extension. sbi_return sets a0 and a1 and moves pc behind the ecall. */
#define LOG_NAME custom_sbi
#include "modules/examples/custom_sbi/custom_sbi.h"

#define A6 16
#define A7 17

enum hook_action custom_sbi_ecall_from_payload(struct custom_sbi *self, struct hart *hart, struct vcpu *vcpu)
{
	uint64_t function = vcpu_reg(vcpu, A6);

	if (vcpu_reg(vcpu, A7) != CUSTOM_SBI_EID)
		return HOOK_IGNORE;
	switch (function) {
	case CUSTOM_SBI_HELLO:
		LOG_INFO(self, "hello from hart %lu", hart_id(hart));
		sbi_return(vcpu, SBI_SUCCESS, 0);
		break;
	case CUSTOM_SBI_GOODBYE:
		LOG_INFO(self, "goodbye from hart %lu", hart_id(hart));
		sbi_return(vcpu, SBI_SUCCESS, 0);
		break;
	default:
		LOG_WARN(self, "unknown function %lu", function);
		sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
	}
	return HOOK_OVERWRITE;
}
