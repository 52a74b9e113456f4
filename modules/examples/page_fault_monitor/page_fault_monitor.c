/* Counts page faults. Firmware delegates them to S-mode, so hv would not see them. The module claims them. As it does not take
 * them over, hv then enters the payload's handler as the delegation would have done. */
#define LOG_NAME page_fault_monitor
#include "modules/examples/page_fault_monitor/page_fault_monitor.h"

enum hook_action page_fault_monitor_trap_from_payload(struct page_fault_monitor *self, struct hart *hart,
						      struct vcpu *vcpu)
{
	const struct trap *trap = vcpu_trap(vcpu);

	(void)hart;
	if (trap->cause == CAUSE_FETCH_PAGE)
		self->fetches++;
	else if (trap->cause == CAUSE_LOAD_PAGE)
		self->loads++;
	else
		self->stores++;
	self->last = trap->value;
	return HOOK_IGNORE;
}

void page_fault_monitor_on_shutdown(struct page_fault_monitor *self, struct hart *hart)
{
	(void)hart;
	for (unsigned i = 0; i < hart_total(); i++) {
		const struct page_fault_monitor *seen = module_state(self, i);

		LOG_INFO(self, "hart %u: %lu fetches, %lu loads, %lu stores, last at 0x%lx", i, seen->fetches,
			 seen->loads, seen->stores, seen->last);
	}
}
