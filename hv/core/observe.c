/* What observes the exits of the fast tier: the modules' counters, then the trace's record. Look at the disassembly after
 * any change: no stack frame, no call, and it has a budget (docs/benchmarks.md). */
#include "hv/core/observe.h"

#include "hv/virt/fast.h"

#define RECORD_SLOTS (1 + CONFIG_TRACE_EXIT_ARGS)

/* The payload is written as two words: the duration's upper half is not there (SYNC comes first). */
PART_OF_FAST_PATH void put_exit(struct trace_slot *slot, uint64_t now, uint64_t duration, uint64_t kind)
{
	typedef uint32_t __attribute__((may_alias)) half;
	half *payload = (half *)&slot->payload;

	trace_put_tag(slot, now, TRACE_TAG(TRACE_EXIT, CONFIG_TRACE_EXIT_ARGS));
	payload[0] = (half)duration;
	payload[1] = (half)kind;
}

PART_OF_FAST_PATH void fast_record(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind, uint64_t now)
{
	__asm__(""
		: "+r"(vcpu), "+r"(pc), "+r"(value), "+r"(kind)); /* else gcc 12 copies them for the slow way's sake */

	struct tracer *tracer = vcpu->tracer;
	uint64_t head = tracer->ring.head, next = head + RECORD_SLOTS * TRACE_SLOT_BYTES;

	if (__builtin_expect(now >= tracer->sync_at, 0) || __builtin_expect(next > tracer->limit, 0))
		return trap_record_slow(vcpu, pc, value, kind);

	struct trace_slot *slot = (struct trace_slot *)(head + tracer->bias);

	put_exit(slot, now, now - tracer->ring.start, kind);
	if (CONFIG_TRACE_EXIT_ARGS > 0)
		trace_put_slot(slot + 1, now, TRACE_TAG(TRACE_EXT, 0), pc);
	if (CONFIG_TRACE_EXIT_ARGS > 1)
		trace_put_slot(slot + 2, now, TRACE_TAG(TRACE_EXT, 1), value);
	trace_publish(tracer, next);
	return trap_return_fast(vcpu);
}

/* Exits have no records now, and other events do not look at the time. */
STEP_OF_FAST_PATH void fast_sync_if_late(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	return trace_clock() >= vcpu->tracer->sync_at ? trap_record_slow(vcpu, pc, value, kind)
						      : trap_return_fast(vcpu);
}

PART_OF_FAST_PATH void fast_observe(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind, enum world before)
{
	struct hart *hart = (struct hart *)vcpu; /* its first member */
	uint64_t now = trace_clock();
	const struct exit exit = {
		.previous_end = vcpu->exit_end,
		.start = vcpu_exit_start(vcpu),
		.end = now,
		.pc = pc,
		.value = value,
		.eid = vcpu->regs[17],
		.cause = (unsigned)kind & 31,
		.before = before,
		.after = FAST_KIND_AFTER(kind),
		.outcome = FAST_KIND_OUTCOME(kind),
		.module = FAST_KIND_MODULE(kind),
	};

	observe(hart, &exit);
	if (__builtin_expect(trace_is_on(vcpu->tracer, TRACE_EXIT), CONFIG_TRACE))
		return fast_record(vcpu, pc, value, kind, now);
	return CONFIG_TRACE ? fast_sync_if_late(vcpu, pc, value, kind) : trap_return_fast(vcpu);
}

#define ANSWER_SLOTS 4
#define A0 10

/* As record_answer does it. */
void fast_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	struct tracer *tracer = vcpu->tracer;
	uint64_t next = tracer->ring.head + ANSWER_SLOTS * TRACE_SLOT_BYTES, now = trace_clock();

	if (!CONFIG_TRACE || next > tracer->limit || now >= tracer->sync_at)
		return trap_step_answer(vcpu, pc, value, kind);
	tracer->call.pending = false;
	if (csr_read(CSR_mepc) == tracer->call.pc + 4 && trace_is_on(tracer, TRACE_ECALL)) {
		struct trace_slot *slot = (struct trace_slot *)(tracer->ring.head + tracer->bias);

		trace_put_slot(slot, now, TRACE_TAG(TRACE_ECALL, 3), tracer->call.id);
		trace_put_slot(slot + 1, now, TRACE_TAG(TRACE_EXT, 0), tracer->call.arguments[0]);
		trace_put_slot(slot + 2, now, TRACE_TAG(TRACE_EXT, 1), tracer->call.arguments[1]);
		trace_put_slot(slot + 3, now, TRACE_TAG(TRACE_EXT, 2), vcpu->regs[A0]);
		trace_publish(tracer, next);
	}
	return fast_observe_firmware(vcpu, pc, value, kind);
}

__attribute__((noinline)) void fast_observe_firmware(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	return fast_observe(vcpu, pc, value, kind, WORLD_FIRMWARE);
}

__attribute__((noinline)) void fast_observe_payload(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	return fast_observe(vcpu, pc, value, kind, WORLD_PAYLOAD);
}
