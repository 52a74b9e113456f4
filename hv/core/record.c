/* The trace's records of exits and SBI calls. Without module trace there are none. */
#include "hv/arch/csr.h"
#include "hv/core/core.h"

#define A0 10

void record_answer(struct vcpu *vcpu)
{
	struct tracer *tracer = vcpu->tracer;

	if (!CONFIG_TRACE || !tracer->call.pending)
		return;
	tracer->call.pending = false;
	if (vcpu->pc != tracer->call.pc + 4)
		return;

	uint64_t words[] = { tracer->call.id, tracer->call.arguments[0], tracer->call.arguments[1],
			     vcpu_reg(vcpu, A0) };

	trace_emit_words(tracer, TRACE_ECALL, 3, words);
}

/* Time asleep is not in the duration, which saturates. */
static void write_exit(struct tracer *tracer, const struct exit *exit)
{
	uint64_t kind = FAST_KIND(exit->cause, exit->before, exit->after, exit->outcome) | (uint64_t)exit->module << 16;
	uint64_t duration = exit->end - exit->start - exit->slept;
	uint64_t words[] = { kind << 32 | (duration < UINT32_MAX ? duration : UINT32_MAX), exit->pc, exit->value };

	trace_write(tracer, TRACE_EXIT, CONFIG_TRACE_EXIT_ARGS, words, exit->end);
}

/* SYNC was written: the modules' counters follow it. */
static void write_counters(struct hart *hart)
{
	struct tracer *tracer = hart->vcpu.tracer;

	if (!tracer->counters_due)
		return;
	csr_clear(CSR_mstatus, MSTATUS_MDT); /* a guarded access of a module may trap */
	dispatch_trace_counters(&hart->modules, hart);
	tracer->counters_due = false; /* also where they have come into another segment */
}

/* The records of other events do not look at the time. */
static void sync_if_late(struct tracer *tracer)
{
	if (trace_clock() >= tracer->sync_at)
		trace_sync(tracer);
}

void record_exit(struct hart *hart, const struct exit *exit)
{
	if (!CONFIG_TRACE)
		return;
	if (trace_is_on(hart->vcpu.tracer, TRACE_EXIT))
		write_exit(hart->vcpu.tracer, exit);
	else
		sync_if_late(hart->vcpu.tracer);
	write_counters(hart);
}
