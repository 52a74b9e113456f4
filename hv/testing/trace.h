/* A module `trace` that does nothing. It is for unit tests on the host, which start the rings themselves.
 * Only with_trace.toml names it. Must not know about modules/trace. */
#ifndef HV_TESTING_TRACE_H
#define HV_TESTING_TRACE_H

#include "hv/module/api.h"

/** The module's state, which the generated dispatch code needs. */
struct trace {
	bool started; /* not used */
};

/** Does nothing. It exists because the generated dispatch code calls it. */
static inline void trace_on_interrupt(struct trace *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)self, (void)hart, (void)vcpu;
}

#endif
