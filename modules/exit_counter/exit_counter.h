/* The module exit_counter counts how many exits of each category (abi/hartscope.h) each hart has taken.
 * The generated dispatch code calls the hooks. The module publishes the address of the counters, and must not know who
 * reads them. */
#ifndef MODULES_EXIT_COUNTER_H
#define MODULES_EXIT_COUNTER_H

#include "hv/module/api.h"
#include "modules/exit_counter/category.h"

/** The state of the module on one hart. */
struct exit_counter {
	struct hartscope_categories categories; /* only this hart writes them; all harts read them */
};

/** Publishes the address of the counters. Called on each hart; all harts publish the same values. */
void exit_counter_init(struct exit_counter *self, struct hart *hart);
/** Writes the counters of @p hart that are not 0 to its ring. */
void exit_counter_trace_counters(struct exit_counter *self, struct hart *hart);
/** Prints all harts' counters. Called on the hart that ends the run. */
void exit_counter_on_shutdown(struct exit_counter *self, struct hart *hart);

/** Counts @p exit in its category. If the exit switches from the payload to the firmware, also counts it as a world
 * switch. */
OBSERVER void exit_counter_observe_exit(struct exit_counter *self, const struct exit *exit)
{
	self->categories.count[exit_category(exit)]++;
	if (exit->before == WORLD_PAYLOAD && exit->after == WORLD_FIRMWARE)
		self->categories.count[HARTSCOPE_CATEGORY_WORLD_SWITCH]++;
}

#endif
