/* Counts ecalls. Each hart writes only its own state, so the module needs no atomic variables. */
#define LOG_NAME ecall_monitor
#include "modules/examples/ecall_monitor/ecall_monitor.h"

enum hook_action ecall_monitor_ecall_from_payload(struct ecall_monitor *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart, (void)vcpu;
	self->ecalls++;
	return HOOK_IGNORE;
}

void ecall_monitor_on_shutdown(struct ecall_monitor *self, struct hart *hart)
{
	(void)hart;
	for (unsigned i = 0; i < hart_total(); i++)
		LOG_INFO(self, "hart %u: %lu ecalls", i, module_state(self, i)->ecalls);
}
