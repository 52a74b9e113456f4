/* A module `trace` that does nothing, for unit tests on the host, which start the rings themselves.
 * Only with_trace.toml names it. Knows nothing of modules/trace. */
#ifndef HV_TESTING_TRACE_H
#define HV_TESTING_TRACE_H

#include "hv/module/api.h"

/** The state that the generated dispatch expects. */
struct trace {
	bool started; /* not used */
};

/** Does nothing; the generated dispatch calls it. */
static inline void trace_on_interrupt(struct trace *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)self, (void)hart, (void)vcpu;
}

#endif
