/* Ends the exits of the fast tier: calls the modules' observers and then writes the trace's record. These
 * functions run on the guest's stack pointer, so they must have no stack frame and no call. The number of their
 * instructions is limited (docs/benchmarks.md). Look at the disassembly after every change. */
#include "hv/core/observe.h"

#include "hv/virt/fast.h"

#define EXCEPTION_CODES 31

/* Writes the record of an exit. It stores only one half of the record's first word: trap.S stores the other half,
 * the duration. */

PART_OF_FAST_PATH void fast_record(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	typedef uint32_t __attribute__((may_alias)) half;

	/* Without this statement, gcc 12 copies these values to other registers for the slow path. */
	__asm__("" : "+r"(vcpu), "+r"(pc), "+r"(value), "+r"(kind));

	struct tracer *tracer = vcpu->tracer;
	uint64_t head = tracer->ring.head, next = head + TRACE_EXIT_SLOTS * TRACE_SLOT_BYTES;

	if (__builtin_expect(next > tracer->limit, 0))
		return trap_record_slow(vcpu, pc, value, kind);

	struct trace_slot *slot = (struct trace_slot *)(head + tracer->bias);

	((half *)&slot->payload)[1] = (half)kind;
	if (CONFIG_TRACE_EXIT_ARGS > 0)
		slot[1].payload = pc;
	if (CONFIG_TRACE_EXIT_ARGS > 1)
		slot[2].payload = value;
	return trap_end_exit(vcpu, pc, value, slot, next);
}

/* @p codes is a mask for the causes that can occur here, with which the compiler drops the observers' branches for all
 * others. */
PART_OF_FAST_PATH void fast_observe(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind, enum world before,
				    unsigned codes)
{
	struct hart *hart = (struct hart *)vcpu; /* struct vcpu is the first member of struct hart */
	struct exit exit = exit_of_kind(vcpu, pc, value, kind);

	exit.cause &= codes;
	exit.before = before;
	observe(hart, &exit);
	if (!CONFIG_TRACE)
		return trap_return_fast(vcpu);
	if (__builtin_expect(trace_is_on(vcpu->tracer, TRACE_EXIT), 1))
		return fast_record(vcpu, pc, value, kind);
	return trap_end_exit(vcpu, pc, value, vcpu->tracer->nowhere, vcpu->tracer->ring.head);
}

#define ANSWER_SLOTS (1 + TRACE_ECALL_EXT)
#define A0 10

/* Does the same as record_answer, but without a function call. */
void fast_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	struct tracer *tracer = vcpu->tracer;
	uint64_t next = tracer->ring.head + ANSWER_SLOTS * TRACE_SLOT_BYTES, now = trace_clock();

	if (!CONFIG_TRACE || next > tracer->limit)
		return trap_step_answer(vcpu, pc, value, kind);
	if (csr_read(CSR_mepc) == tracer->call.pc + 4) {
		struct trace_slot *slot = (struct trace_slot *)(tracer->ring.head + tracer->bias);

		struct trace_ecall ecall = trace_ecall_unpack(tracer->call.words, TRACE_ECALL_EXT - 1);
		uint64_t words[ANSWER_SLOTS];

		if (!trace_is_on(tracer, TRACE_ECALL)) /* the step looks whether ECALL_ARGS is on */
			return trap_step_answer(vcpu, pc, value, kind);
		ecall.error = vcpu->regs[A0];
		trace_ecall_pack(ecall, words);
		trace_put_record(slot, now, TRACE_ECALL, TRACE_ECALL_EXT, words);
		trace_publish(tracer, next);
	}
	tracer->call.pending = TRACE_CALL_NONE;
	return fast_observe_firmware(vcpu, pc, value, kind);
}

__attribute__((noinline)) void fast_observe_firmware(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	return fast_observe(vcpu, pc, value, kind, WORLD_FIRMWARE, EXCEPTION_CODES);
}

__attribute__((noinline)) void fast_observe_payload(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	return fast_observe(vcpu, pc, value, kind, WORLD_PAYLOAD, EXCEPTION_CODES);
}

void fast_observe_interrupt(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	return fast_observe(vcpu, pc, value, kind, (enum world)FAST_KIND_GET(before, kind),
			    EXCEPTION_CODES | EXIT_INTERRUPT);
}
