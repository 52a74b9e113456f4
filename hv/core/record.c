/* The trace's records of exits, interrupts and SBI calls. Without module trace there are none. */
#include "hv/core/core.h"

#define A0 10
#define CODE_BITS 0x7f

static uint64_t source_of(unsigned interrupt)
{
	switch (interrupt) {
	case INTERRUPT_MEI:
	case INTERRUPT_SEI:
		return TRACE_SOURCE_EXTERNAL;
	case INTERRUPT_MTI:
	case INTERRUPT_STI:
		return TRACE_SOURCE_TIMER;
	default:
		return TRACE_SOURCE_SOFTWARE;
	}
}

void record_interrupt(struct vcpu *vcpu, unsigned interrupt)
{
	if (CONFIG_TRACE)
		trace_emit(vcpu->tracer, TRACE_INTERRUPT,
			   TRACE_CAUSE_INTERRUPT | interrupt | source_of(interrupt) << 8);
}

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
static void write_exit(struct hart *hart, uint64_t slept, uint64_t head, uint64_t pc, uint64_t value)
{
	struct tracer *tracer = hart->vcpu.tracer;
	uint64_t now = trace_clock(), duration = now - tracer->ring.start - slept;
	uint64_t words[] = { head << 32 | (duration < UINT32_MAX ? duration : UINT32_MAX), pc, value };

	trace_write(tracer, TRACE_EXIT, CONFIG_TRACE_EXIT_ARGS, words, now);
}

/* The records of other events do not look at the time. */
static void sync_if_late(struct tracer *tracer)
{
	if (trace_clock() >= tracer->sync_at)
		trace_sync(tracer);
}

void record_exit(struct hart *hart, enum world before)
{
	const struct vcpu *vcpu = &hart->vcpu;
	const struct trap *trap = &vcpu->trap;

	if (!CONFIG_TRACE)
		return;
	if (!trace_is_on(vcpu->tracer, TRACE_EXIT)) {
		sync_if_late(hart->vcpu.tracer);
		return;
	}

	uint64_t cause = (trap->cause & CAUSE_INTERRUPT ? TRACE_CAUSE_INTERRUPT : 0) | (trap->cause & CODE_BITS);
	uint64_t value = trap->cause == CAUSE_ILLEGAL && trap->instruction_known ? trap->instruction : trap->value;
	uint64_t kind = FAST_KIND(cause, before, vcpu->world, trap->outcome) | (uint64_t)trap->module << 16;

	write_exit(hart, hart->slept, kind, trap->pc, value);
}

void exit_record(struct hart *hart, uint64_t pc, uint64_t value, uint64_t kind)
{
	if (CONFIG_TRACE)
		write_exit(hart, 0, kind, pc, value);
}
