/* A module `owner` that has PMP entries and does nothing. It is for unit tests on the host, which set the entries
 * themselves. Only with_pmp.toml names it. Must not know about any module of an image. */
#ifndef HV_TESTING_OWNER_H
#define HV_TESTING_OWNER_H

#include "hv/module/api.h"

/** The module's state, which the generated dispatch code needs. */
struct owner {
	bool started; /* not used */
};

/** Does nothing. It exists because the generated dispatch code calls it. */
static inline void owner_on_interrupt(struct owner *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)self, (void)hart, (void)vcpu;
}

#endif
