/* exit_counter_per_cause: this hart's exits by world and cause, and its cycles in hv, firmware and payload.
 * Called through the generated dispatch. Must not know how they are read: it publishes where they lie. */
#ifndef MODULES_EXIT_COUNTER_PER_CAUSE_H
#define MODULES_EXIT_COUNTER_PER_CAUSE_H

#include "hv/module/api.h"

struct exit_counter_per_cause {
	struct hartscope_counters counters; /* written by its own hart only, read by all */
	uint64_t previous_start;            /* mcycle at which the exit before began; 0 before the first */
};

void exit_counter_per_cause_init(struct exit_counter_per_cause *self, struct hart *hart);
void exit_counter_per_cause_decided_next_exec_mode(struct exit_counter_per_cause *self, struct hart *hart,
						   struct vcpu *vcpu, enum exec_mode previous, enum exec_mode next);
void exit_counter_per_cause_on_shutdown(struct exit_counter_per_cause *self, struct hart *hart);

#endif
