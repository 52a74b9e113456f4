/* exit_counter: how many exits of each category (abi/hartscope.h) this hart has taken.
 * Called through the generated dispatch. Must not know how categories are read: it publishes where they lie. */
#ifndef MODULES_EXIT_COUNTER_H
#define MODULES_EXIT_COUNTER_H

#include "hv/module/api.h"
#include "modules/exit_counter/category.h"

struct exit_counter {
	struct hartscope_categories categories; /* written by its own hart only, read by all */
};

void exit_counter_init(struct exit_counter *self, struct hart *hart);
void exit_counter_trace_counters(struct exit_counter *self, struct hart *hart);
void exit_counter_on_shutdown(struct exit_counter *self, struct hart *hart);

OBSERVER void exit_counter_observe_exit(struct exit_counter *self, const struct exit *exit)
{
	self->categories.count[exit_category(exit)]++;
	if (exit->before == WORLD_PAYLOAD && exit->after == WORLD_FIRMWARE)
		self->categories.count[HARTSCOPE_CATEGORY_WORLD_SWITCH]++;
}

#endif
