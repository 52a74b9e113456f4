/* Writes the trace's records of exits and SBI calls, and also SYNC records and the modules' counters when these are
 * due. In images without module trace these functions do nothing. */
#include "hv/arch/csr.h"
#include "hv/core/core.h"

#define A0 10
#define A1 11

/* Writes the records of the payload's call, which the firmware has just answered. */
static COLD void record_call(struct vcpu *vcpu, enum trace_call known)
{
	struct tracer *tracer = vcpu->tracer;
	bool in_full = trace_is_on(tracer, TRACE_ECALL_ARGS);
	struct trace_ecall ecall = trace_ecall_unpack(tracer->call.words, TRACE_ECALL_EXT - 1);
	uint64_t words[1 + TRACE_ECALL_EXT];

	if (in_full && known == TRACE_CALL_WITH_ARGUMENTS) {
		trace_emit_words(tracer, TRACE_ECALL_ARGS, TRACE_ECALL_ARGS_EXT, tracer->call.arguments);
		trace_write_slot(tracer, TRACE_ECALL_VALUE, vcpu_reg(vcpu, A1), trace_clock());
	}
	ecall.error = vcpu_reg(vcpu, A0);
	trace_ecall_pack(ecall, words);
	if (in_full || trace_is_on(tracer, TRACE_ECALL))
		trace_write(tracer, TRACE_ECALL, TRACE_ECALL_EXT, words, trace_clock());
}

/* This function is inlined in both callers, because most returns to the payload do not answer a call, and then only the
 * check at its start runs. */
inline void record_answer(struct vcpu *vcpu)
{
	struct tracer *tracer = vcpu->tracer;

	if (!CONFIG_TRACE || tracer->call.pending == TRACE_CALL_NONE)
		return;

	enum trace_call known = (enum trace_call)tracer->call.pending;

	tracer->call.pending = TRACE_CALL_NONE;
	if (vcpu->pc == tracer->call.pc + 4)
		record_call(vcpu, known);
}

/* Lets the modules write their counters, if a SYNC record has been written since the modules last wrote them. @return
 * whether the modules have written their counters now */
static COLD bool write_counters(struct hart *hart)
{
	struct tracer *tracer = hart->vcpu.tracer;

	if (!tracer->counters_due)
		return false;

	uint64_t pc = csr_read(CSR_mepc);

	csr_clear(CSR_mstatus, MSTATUS_MDT); /* with MDT set, a guarded access of a module could not trap */
	dispatch_trace_counters(&hart->modules, hart);
	csr_write(CSR_mepc, pc);
	tracer->counters_due = false; /* also if another SYNC record has been written together with the counters */
	return true;
}

/* Prepares the exit's record when the record would move head beyond the limit. It first writes SYNC and the counters,
 * so that the time of the exit's end includes the time for writing them. */
static COLD void record_exit_over_limit(struct vcpu *vcpu, const uint64_t *words)
{
	uint64_t since = trace_clock();

	trace_sync_before_exit(vcpu->tracer);

	bool observing = write_counters((struct hart *)vcpu);

	trace_prepare_exit_over_limit(vcpu->tracer, words, observing ? since : 0);
}

void record_exit(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	struct tracer *tracer = vcpu->tracer;
	uint64_t words[] = { kind << FAST_KIND_FIRST, pc, value };

	if (!CONFIG_TRACE)
		return;
	if (!trace_is_on(tracer, TRACE_EXIT)) {
		(void)write_counters((struct hart *)vcpu);
		trace_prepare_nothing(tracer);
	} else if (tracer->ring.head + TRACE_EXIT_SLOTS * TRACE_SLOT_BYTES <= tracer->limit) {
		trace_prepare_exit(tracer, words);
	} else {
		record_exit_over_limit(vcpu, words);
	}
}

void step_sync(struct vcpu *vcpu, const struct trace_slot *slot, uint64_t head, uint64_t since)
{
	struct tracer *tracer = vcpu->tracer;
	uint64_t words[TRACE_EXIT_SLOTS];
	bool records = head != tracer->ring.head;

	for (unsigned i = 0; i < TRACE_EXIT_SLOTS; i++)
		words[i] = slot[i].payload;

	bool observing = trace_sync_late(tracer, records);

	(void)write_counters((struct hart *)vcpu);
	if (records)
		trace_prepare_exit_over_limit(tracer, words, observing ? since : 0);
	else
		trace_prepare_nothing(tracer);
}
