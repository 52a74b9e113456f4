/* The module exit_counter_per_cause counts each hart's exits by world and cause, and how many cycles the hart spends in
 * hv, in the firmware, in the payload, and asleep.
 * The generated dispatch code calls the hooks. The module publishes the address of the counters, and must not know who
 * reads them. */
#ifndef MODULES_EXIT_COUNTER_PER_CAUSE_H
#define MODULES_EXIT_COUNTER_PER_CAUSE_H

#include "hv/module/api.h"

/** The state of the module on one hart. */
struct exit_counter_per_cause {
	struct hartscope_counters counters; /* only this hart writes them while it runs; all harts read them */
};

/** Publishes the address of the counters. Called on each hart; all harts publish the same values. */
void exit_counter_per_cause_init(struct exit_counter_per_cause *self, struct hart *hart);
/** Adds the cycles that hv spent in the last exit, and writes the counters of @p hart to the ring of @p hart. */
void exit_counter_per_cause_trace_counters(struct exit_counter_per_cause *self, struct hart *hart);
/** Prints all harts' counters. Called on the hart that ends the run. */
void exit_counter_per_cause_on_shutdown(struct exit_counter_per_cause *self, struct hart *hart);

/** Counts @p exit, and the cycles that the guest ran before the exit. The cycles that hv spends in an exit are counted
 * at the next exit, because the end of the exit is known only then. */
OBSERVER void exit_counter_per_cause_observe_exit(struct exit_counter_per_cause *self, const struct exit *exit)
{
	struct hartscope_counters *counters = &self->counters;
	uint64_t in_guest = exit->start - exit->outside - exit->previous_end;
	unsigned code = exit->cause & 31, kind = exit->cause & EXIT_INTERRUPT ? HARTSCOPE_CAUSE_INTERRUPT : 0;

	counters->exits[exit->before == WORLD_FIRMWARE ? 0 : 1][kind + code]++;
	counters->cycles[HARTSCOPE_OWNER_HV] += exit->previous_cycles;
	counters->cycles[HARTSCOPE_OWNER_ASLEEP] += exit->slept;
	if (exit->before == WORLD_FIRMWARE)
		counters->cycles[HARTSCOPE_OWNER_FIRMWARE] += in_guest;
	else
		counters->cycles[HARTSCOPE_OWNER_PAYLOAD] += in_guest;
}

#endif
