/* A module with an observer that is not a leaf function, because it calls a function and has a stack frame. The build
 * must reject an image that contains this module, so no code ever calls the observer. The observer must not become a
 * leaf function. */
#ifndef HV_CONFIG_IMAGE_TEST_FRAMED_OBSERVER_H
#define HV_CONFIG_IMAGE_TEST_FRAMED_OBSERVER_H

#include "hv/module/api.h"

/** The state of the module on one hart. */
struct framed_observer {
	uint64_t exits;
};

/** Does nothing with @p place, but the compiler must assume that it uses @p place. */
void framed_observer_note(uint64_t *place);

/** Counts the exit, and calls a function, which an observer must not do. */
OBSERVER void framed_observer_observe_exit(struct framed_observer *self, const struct exit *exit)
{
	uint64_t start = exit->start;

	framed_observer_note(&start);
	self->exits++;
}

#endif
