/* Parts that fast paths share: access to the guest's registers, some of which are still in the hardware, and
 * changes of the PMP view.
 * Included only by files with fast paths. */
#ifndef HV_VIRT_FAST_REGISTER_H
#define HV_VIRT_FAST_REGISTER_H

#include "hv/arch/cold.h"
#include "hv/arch/live.h"
#include "hv/virt/fast.h"
#include "hv/virt/transition.h"

/** The value of guest register @p index (0-31). */
PART_OF_FAST_PATH uint64_t fast_register(const struct vcpu *vcpu, unsigned index)
{
	return __builtin_expect(register_is_saved(index), 1) ? vcpu->regs[index] : live_register_read(index);
}

/** Whether fast_pmp_install() can switch PMP to @p view. It can if no entry of the view has to be computed again. */
PART_OF_FAST_PATH bool fast_pmp_ready(const struct vcpu *vcpu, enum pmp_view view)
{
	return vcpu->pmp.words <= 2 && !vcpu->pmp.stale[view] && !vcpu->pmp.address_changed;
}

/** Makes @p view the PMP view that applies to the guest. fast_pmp_ready must have returned true for this view. */
PART_OF_FAST_PATH void fast_pmp_install(struct vcpu *vcpu, enum pmp_view view)
{
	if (pmp_install_pair(&vcpu->pmp, view))
		pmp_fence();
}

#endif
