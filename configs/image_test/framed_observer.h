/* A module whose observer is no leaf: it calls a function, and has a stack frame. The build has to refuse it.
 * Never runs. */
#ifndef HV_CONFIG_IMAGE_TEST_FRAMED_OBSERVER_H
#define HV_CONFIG_IMAGE_TEST_FRAMED_OBSERVER_H

#include "hv/module/api.h"

struct framed_observer {
	uint64_t exits;
};

void framed_observer_note(uint64_t *place);

OBSERVER void framed_observer_observe_exit(struct framed_observer *self, const struct exit *exit)
{
	uint64_t start = exit->start;

	framed_observer_note(&start);
	self->exits++;
}

#endif
