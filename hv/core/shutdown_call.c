/* Recognizes the SBI calls by which the payload asks the firmware to end the run. */
#include "abi/arguments.h"
#include "abi/sbi.h"
#include "hv/core/core.h"

#define SRST_WARM_REBOOT 2 /* the last type of the specification; vendors have others */

bool shutdown_is_asked_for(const struct vcpu *vcpu)
{
	uint64_t extension = vcpu_reg(vcpu, A7), type = vcpu_reg(vcpu, A0);

	return extension == SBI_EID_LEGACY_SHUTDOWN ||
	       (extension == SBI_EID_SRST && vcpu_reg(vcpu, A6) == SBI_FID_system_reset && type <= SRST_WARM_REBOOT);
}
