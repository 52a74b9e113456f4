/* exit_counter_per_cause: this hart's exits by world and cause, and its cycles in hv, firmware and payload.
 * Called through the generated dispatch. Must not know how they are read: it publishes where they lie. */
#ifndef MODULES_EXIT_COUNTER_PER_CAUSE_H
#define MODULES_EXIT_COUNTER_PER_CAUSE_H

#include "hv/module/api.h"

struct exit_counter_per_cause {
	struct hartscope_counters counters; /* written by its own hart only, read by all */
};

void exit_counter_per_cause_init(struct exit_counter_per_cause *self, struct hart *hart);
void exit_counter_per_cause_trace_counters(struct exit_counter_per_cause *self, struct hart *hart);
void exit_counter_per_cause_on_shutdown(struct exit_counter_per_cause *self, struct hart *hart);

/* The cycles of an exit are counted in the next one, when its end is known. */
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
