/* Makes loads and stores of a guest that has trapped on them, for unit tests on the host.
 * Included by *_test.c. Must not depend on what a test checks. No function returns an error. */
#ifndef HV_TESTING_ACCESS_H
#define HV_TESTING_ACCESS_H

#include "hv/testing/hart.h"
#include "hv/virt/emulate.h"

/** Lets hv emulate the load or store @p word, whose address is in x10.
 * @param cause   mcause of the trap: CAUSE_LOAD_ACCESS or CAUSE_STORE_ACCESS
 * @param address the value of x10, and mtval of the trap */
static inline enum emulation testing_access(struct vcpu *vcpu, uint32_t word, uint64_t cause, uint64_t address)
{
	struct instruction instruction = instruction_decode(word);

	vcpu_set_reg(vcpu, 10, address);
	testing_trap(vcpu, cause, address);
	vcpu->trap.instruction = word;
	vcpu->trap.instruction_known = true;
	return emulate_access(vcpu, &instruction);
}

#endif
