/* A module `timed` that uses the payload's timer and does nothing. It is for unit tests on the host, which set the timer
 * themselves. Only with_timer.toml names it. Must not know about any module of an image. */
#ifndef HV_TESTING_TIMED_H
#define HV_TESTING_TIMED_H

#include "hv/module/api.h"

/** The module's state, which the generated dispatch code needs. */
struct timed {
	bool started; /* not used */
};

/** Does nothing. It exists because the generated dispatch code calls it. */
static inline void timed_on_interrupt(struct timed *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)self, (void)hart, (void)vcpu;
}

#endif
