/* Replaces hv/core in unit tests of hv/virt. It defines the functions of hv/virt/upcalls.h, which hv/virt calls. A
 * function that would end the exit records that the fast path has ended, and no module observes the exit. */
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
