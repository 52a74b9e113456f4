/* trace: each hart's exits and events in a ring, which guests read by ecall and the host in shared memory. What writes the
 * records is hv/ring, which this module's presence puts into the image; this starts the rings, and ends them.
 * Called through the generated dispatch. */
#ifndef MODULES_TRACE_H
#define MODULES_TRACE_H

#include "hv/module/api.h"

struct trace {
	bool started; /* this hart's ring is there */
};

void trace_init(struct trace *self, struct hart *hart);
void trace_on_interrupt(struct trace *self, struct hart *hart, struct vcpu *vcpu);
void trace_on_shutdown(struct trace *self, struct hart *hart);

#endif
