/* Starts each hart's ring at boot, and writes a last SYNC when the run ends. hv/ring writes the records. Boot does not
 * zero the rings, because a ring's head shows which slots have been written. */
#define LOG_NAME trace
#include "modules/trace/trace.h"

#include "hv/ring/trace.h"

static struct trace_slot rings[CONFIG_MAX_HARTS][CONFIG_TRACE_SLOTS] __attribute__((aligned(4096), section(".noinit")));

void trace_init(struct trace *self, struct hart *hart)
{
	struct hartscope_directory *directory = module_directory();
	struct tracer *tracer = hart_tracer(hart);
	unsigned index = hart_index(hart);

	trace_start(tracer, index, rings[index], machine_mtime(), directory->timebase_hz);
	self->started = true;
	directory->rings_stride = (uint64_t)module_state(self, 1) - (uint64_t)module_state(self, 0);
	directory->rings = (uint64_t)&tracer->ring - index * directory->rings_stride;
}

/* Runs when another hart has asked for a SYNC record, or for a different mask or mode. */
void trace_on_interrupt(struct trace *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)self, (void)hart;
	trace_apply(vcpu->tracer);
}

void trace_on_shutdown(struct trace *self, struct hart *hart)
{
	/* a module that comes earlier in the list may have ended the run before this hart's ring was set up */
	if (self->started)
		trace_sync(hart_tracer(hart));
}
