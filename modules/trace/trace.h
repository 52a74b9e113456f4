/* The module trace records each hart's exits and events in a ring. Guests read the ring by ecalls, and the host reads
 * it in shared memory.
 * hv/ring writes the records. An image contains hv/ring only if it contains this module. The module itself only starts
 * the rings and ends them.
 * The generated dispatch code calls the hooks. */
#ifndef MODULES_TRACE_H
#define MODULES_TRACE_H

#include "hv/module/api.h"

/** The state of the module on one hart. */
struct trace {
	bool started; /* true if this hart's ring has been set up */
};

/** Sets up the ring of @p hart, and publishes the address of the rings. Called on each hart. */
void trace_init(struct trace *self, struct hart *hart);
/** Applies trace_wanted to the ring of @p hart and writes a SYNC record. Called on @p hart, when another hart or @p
 * hart itself has requested it. */
void trace_on_interrupt(struct trace *self, struct hart *hart, struct vcpu *vcpu);
/** Writes a last SYNC record to the ring of @p hart. Called on the hart that ends the run. */
void trace_on_shutdown(struct trace *self, struct hart *hart);

#endif
