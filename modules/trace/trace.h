/* trace: records each hart's exits and events in a ring. Guests read it by ecall, the host in shared memory.
 * hv/ring writes the records, and is in the image only if this module is. The module itself starts and ends the rings.
 * The generated dispatch calls the hooks. */
#ifndef MODULES_TRACE_H
#define MODULES_TRACE_H

#include "hv/module/api.h"

/** The state of the module on one hart. */
struct trace {
	bool started; /* this hart's ring has been set up */
};

/** Sets up the ring of @p hart, and publishes where the rings lie. Called on each hart. */
void trace_init(struct trace *self, struct hart *hart);
/** Applies trace_wanted to the ring of @p hart and writes SYNC. Called on @p hart, when another hart or @p hart itself
 * has requested it. */
void trace_on_interrupt(struct trace *self, struct hart *hart, struct vcpu *vcpu);
/** Writes a last SYNC to the ring of @p hart. Called on the hart that ends the run. */
void trace_on_shutdown(struct trace *self, struct hart *hart);

#endif
