/* Replaces hv/core in unit tests of hv/virt. It defines the functions of hv/virt/upcalls.h, which hv/virt calls. A
 * function that would end the exit records that the fast path has ended. What a module would observe is stored in
 * testing_observed. */
#include "hv/virt/upcalls.h"

#include "hv/testing/hart.h"

unsigned testing_handlers_missing;
struct testing_guard testing_guard;
struct testing_observed testing_observed;
bool (*testing_refill)(uint64_t cause, uint64_t address, unsigned width);

static void observe(enum testing_observer observer, uint64_t pc, uint64_t value, uint64_t kind)
{
	testing_observed = (struct testing_observed){ observer, testing_observed.count + 1, pc, value, kind };
}

void fast_observe_firmware(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu;
	observe(TESTING_OBSERVER_FIRMWARE, pc, value, kind);
	host_hart.end = HOST_END_RETURN;
}

void fast_observe_payload(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu;
	observe(TESTING_OBSERVER_PAYLOAD, pc, value, kind);
	host_hart.end = HOST_END_RETURN;
}

void fast_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu;
	observe(TESTING_OBSERVER_ANSWER, pc, value, kind);
	host_hart.end = HOST_END_RETURN;
}

void step_observe(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu;
	observe(TESTING_OBSERVER_STEP, pc, value, kind);
}

void vcpu_handler_missing(const struct vcpu *vcpu)
{
	(void)vcpu;
	testing_handlers_missing++;
}

bool vcpu_csr_access(struct vcpu *vcpu, unsigned number, bool write, uint64_t *value)
{
	struct testing_guard_call *call = &testing_guard.calls[testing_guard.count++ % TESTING_GUARD_CALLS];

	(void)vcpu;
	*call = (struct testing_guard_call){ number, write, *value };
	*value = testing_guard.answer;
	return write ? testing_guard.takes_writes : testing_guard.takes_reads;
}

bool vcpu_refill(struct vcpu *vcpu, uint64_t cause, uint64_t address, unsigned width)
{
	(void)vcpu;
	return testing_refill && testing_refill(cause, address, width);
}
