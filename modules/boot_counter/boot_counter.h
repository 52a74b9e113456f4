/* boot_counter: when the boot reached hv, the firmware and the payload, and with how many exits (docs/configuration.md,
 * phases). Called through the generated dispatch. Never parks a hart, must not know what the payload is. */
#ifndef MODULES_BOOT_COUNTER_H
#define MODULES_BOOT_COUNTER_H

#include "hv/module/api.h"

struct boot_counter {
	uint64_t exits; /* of this hart, if nobody else counts them; written by it only, read by all */
};

/** Whether another module publishes how many exits each hart has taken. */
#define BOOT_COUNTER_IS_TOLD (module_index((struct exit_counter_per_cause *)0) != MODULE_NOT_ENABLED)

void boot_counter_init(struct boot_counter *self, struct hart *hart);
void boot_counter_payload_start(struct boot_counter *self, struct hart *hart, struct vcpu *vcpu);
void boot_counter_trace_counters(struct boot_counter *self, struct hart *hart);
void boot_counter_on_shutdown(struct boot_counter *self, struct hart *hart);

OBSERVER void boot_counter_observe_exit(struct boot_counter *self, const struct exit *exit)
{
	(void)exit;
	if (!BOOT_COUNTER_IS_TOLD)
		self->exits++;
}

#endif
