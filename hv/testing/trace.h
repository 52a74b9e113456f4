/* A module `trace` that does nothing, for unit tests on the host: they start the rings themselves.
 * Named by with_trace.toml only. Knows nothing of modules/trace. */
#ifndef HV_TESTING_TRACE_H
#define HV_TESTING_TRACE_H

#include "hv/module/api.h"

struct trace {
	bool started;
};

static inline void trace_on_interrupt(struct trace *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)self, (void)hart, (void)vcpu;
}

#endif
