/* A module `hiding` that makes hv hide the payload's FP and vector registers, and does nothing. It is for unit tests on the
 * host. Only with_hidden_state.toml names it. Must not know about any module of an image. */
#ifndef HV_TESTING_HIDING_H
#define HV_TESTING_HIDING_H

#include "hv/module/api.h"

/** The module's state, which the generated dispatch code needs. */
struct hiding {
	bool started; /* not used */
};

/** Does nothing. It exists because the generated dispatch code calls it. */
static inline void hiding_on_interrupt(struct hiding *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)self, (void)hart, (void)vcpu;
}

#endif
