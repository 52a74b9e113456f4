/* boot_counter: when the boot reached hv, the firmware and the payload, and how many exits it had taken by then
 * (docs/quick-start.md lists the phases).
 * The generated dispatch calls the hooks. The module never stops a hart. It must not know what the payload is. */
#ifndef MODULES_BOOT_COUNTER_H
#define MODULES_BOOT_COUNTER_H

#include "hv/module/api.h"

/** The state of the module on one hart. */
struct boot_counter {
	/* exits of this hart, counted only if no other module counts them; written by this hart, read by all */
	uint64_t exits;
};

/** Whether another module publishes how many exits each hart has taken, so that this one need not count. */
#define BOOT_COUNTER_IS_TOLD (module_index((struct exit_counter_per_cause *)0) != MODULE_NOT_ENABLED)

/** Stamps the first two phases, and publishes the phases to the host. The first hart that starts does so. */
void boot_counter_init(struct boot_counter *self, struct hart *hart);
/** Stamps the payload's phase, if this hart is the first to enter the payload. */
void boot_counter_payload_start(struct boot_counter *self, struct hart *hart, struct vcpu *vcpu);
/** Writes phases that are not in the trace yet, if @p hart is hart 0. */
void boot_counter_trace_counters(struct boot_counter *self, struct hart *hart);
/** Prints the phases. Called on the hart that ends the run. */
void boot_counter_on_shutdown(struct boot_counter *self, struct hart *hart);

/** Counts the exit, unless another module does. */
OBSERVER void boot_counter_observe_exit(struct boot_counter *self, const struct exit *exit)
{
	(void)exit;
	if (!BOOT_COUNTER_IS_TOLD)
		self->exits++;
}

#endif
