/* Asks modules about the firmware's accesses to the CSRs that they guard (`guards` of hv_module). */
#include "hv/core/core.h"
#include "hv/virt/upcalls.h"

bool vcpu_csr_access(struct vcpu *vcpu, unsigned number, bool write, uint64_t *value)
{
	struct hart *hart = (struct hart *)vcpu; /* struct vcpu is the first member of struct hart */

	return dispatch_csr_access(&hart->modules, hart, vcpu, number, write, value) == HOOK_OVERWRITE;
}
