/* exit_counter_per_cause: each hart's exits by world and cause, and its cycles in hv, in the firmware, in the
 * payload, and asleep.
 * The generated dispatch calls the hooks. The module must not know who reads the counters: it publishes their
 * address. */
#ifndef MODULES_EXIT_COUNTER_PER_CAUSE_H
#define MODULES_EXIT_COUNTER_PER_CAUSE_H

#include "hv/module/api.h"

/** The state of the module on one hart. */
struct exit_counter_per_cause {
	struct hartscope_counters counters; /* written only by its own hart while it runs, read by all */
};

/** Publishes where the counters lie. Called on each hart; all write the same values. */
void exit_counter_per_cause_init(struct exit_counter_per_cause *self, struct hart *hart);
/** Adds hv's cycles of the last exit, and writes the counters of @p hart to its ring. */
void exit_counter_per_cause_trace_counters(struct exit_counter_per_cause *self, struct hart *hart);
/** Prints all harts' counters. Called on the hart that ends the run. */
void exit_counter_per_cause_on_shutdown(struct exit_counter_per_cause *self, struct hart *hart);

/** Counts @p exit, and the guest's cycles before it. hv's cycles of an exit are counted at the next exit, because only
 * then is its end known. */
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
