/* The module boot_counter records when the boot reached hv, the firmware and the payload, and how many exits the harts
 * had taken by then (docs/quick-start.md lists the phases).
 * The generated dispatch code calls the hooks. The module never stops a hart. It must not know which software the
 * payload is. */
#ifndef MODULES_BOOT_COUNTER_H
#define MODULES_BOOT_COUNTER_H

#include "hv/module/api.h"

/** The state of the module on one hart. */
struct boot_counter {
	/* number of exits of this hart, counted only if no other module counts them; only this hart writes it, and all
	 * harts read it */
	uint64_t exits;
};

/** Whether another module publishes how many exits each hart has taken, so that this module need not count them. */
#define BOOT_COUNTER_IS_TOLD (module_index_or_none((struct exit_counter_per_cause *)0) != MODULE_NOT_ENABLED)

/** On the first hart that starts, records the times of the first two phases, and publishes the phases for the host. */
void boot_counter_init(struct boot_counter *self, struct hart *hart);
/** Records the time of the payload's phase, if this hart is the first hart that enters the payload. */
void boot_counter_payload_start(struct boot_counter *self, struct hart *hart, struct vcpu *vcpu);
/** If @p hart is hart 0, writes the phases that are not yet in the trace. */
void boot_counter_trace_counters(struct boot_counter *self, struct hart *hart);
/** Prints the phases. Called on the hart that ends the run. */
void boot_counter_on_shutdown(struct boot_counter *self, struct hart *hart);

/** Counts the exit, unless another module counts exits. */
OBSERVER void boot_counter_observe_exit(struct boot_counter *self, const struct exit *exit)
{
	(void)exit;
	if (!BOOT_COUNTER_IS_TOLD)
		self->exits++;
}

#endif
