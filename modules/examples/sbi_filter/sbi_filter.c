/* Looks up the SBI extension of each call in a list. HOOK_OVERWRITE ends a refused call. After HOOK_IGNORE, the firmware gets
 * the call with the registers as the module has left them. */
#define LOG_NAME sbi_filter
#include "modules/examples/sbi_filter/sbi_filter.h"

#include "abi/sbi.h"

#define A0 10
#define A6 16
#define A7 17

#define SYSTEM_RESET 0 /* the only function of SRST; a0 is its type */
#define TYPE_SHUTDOWN 0
#define TYPE_COLD_REBOOT 1
#define TYPE_WARM_REBOOT 2

static bool is_denied(uint64_t eid)
{
	static const uint64_t denied[] = CONFIG_SBI_FILTER_DENY;

	for (const uint64_t *each = denied; each < denied + CONFIG_SBI_FILTER_DENY_COUNT; each++)
		if (*each == eid)
			return true;
	return false;
}

static bool is_reboot(const struct vcpu *vcpu)
{
	uint64_t type = vcpu_reg(vcpu, A0);

	return vcpu_reg(vcpu, A7) == SBI_EID_SRST && vcpu_reg(vcpu, A6) == SYSTEM_RESET &&
	       (type == TYPE_COLD_REBOOT || type == TYPE_WARM_REBOOT);
}

enum hook_action sbi_filter_ecall_from_payload(struct sbi_filter *self, struct hart *hart, struct vcpu *vcpu)
{
	uint64_t eid = vcpu_reg(vcpu, A7);

	(void)hart;
	if (is_denied(eid)) {
		LOG_WARN(self, "refused extension 0x%lx", eid);
		sbi_return(vcpu, SBI_ERR_DENIED, 0);
		return HOOK_OVERWRITE;
	}
	if (is_reboot(vcpu)) {
		LOG_WARN(self, "a reboot becomes a power-off");
		vcpu_set_reg(vcpu, A0, TYPE_SHUTDOWN);
	}
	return HOOK_IGNORE;
}
