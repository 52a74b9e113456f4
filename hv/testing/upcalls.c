/* Stands in for hv/core in unit tests of hv/virt, which calls it back through hv/virt/upcalls.h. A function that
 * would end the exit ends the simulated hart's run instead, and no module observes the exit. */
#include "hv/virt/upcalls.h"

#include "hv/testing/hart.h"

unsigned testing_handlers_missing;

void fast_observe_firmware(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu, (void)pc, (void)value, (void)kind;
	host_hart.end = HOST_END_RETURN;
}

void fast_observe_payload(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	fast_observe_firmware(vcpu, pc, value, kind);
}

void fast_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	fast_observe_firmware(vcpu, pc, value, kind);
}

void step_observe(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu, (void)pc, (void)value, (void)kind;
}

void vcpu_handler_missing(const struct vcpu *vcpu)
{
	(void)vcpu;
	testing_handlers_missing++;
}
