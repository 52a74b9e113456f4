/* Starting and ending the rings. */
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

/* Another hart asks for SYNC, or for another mask or mode. */
void trace_on_interrupt(struct trace *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)self, (void)hart;
	trace_apply(vcpu->tracer);
}

void trace_on_shutdown(struct trace *self, struct hart *hart)
{
	if (self->started) /* a module before this one may have refused to start */
		trace_sync(hart_tracer(hart));
}
