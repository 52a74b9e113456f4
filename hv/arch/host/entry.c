/* Replaces the functions of trap.S on the host. Nothing ever jumps to the entry points. Each function that ends a fast
 * path records how the path ended, so that tests can check this. If a fast path leaves a device access to a step, this
 * counts as an exit that goes on to the slow tier. */
#include "hv/arch/entry.h"

#include <stdlib.h>

#include "hv/arch/host_hart.h"

void trap_entry_firmware(void)
{
	abort();
}

void trap_entry_payload(void)
{
	abort();
}

void trap_vector_set(void (*entry)(void))
{
	host_hart.vector = entry;
}

void trap_return(struct hart *hart)
{
	(void)hart;
	abort();
}

void trap_return_fast(struct vcpu *vcpu)
{
	(void)vcpu;
	host_hart.end = HOST_END_RETURN;
}

void (*host_step_csr)(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand);

void trap_step_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	host_hart.end = HOST_END_SLOW;
	if (host_step_csr)
		host_step_csr(vcpu, word, pc, operand);
}

void trap_step_access(struct vcpu *vcpu, uint64_t cause)
{
	(void)vcpu, (void)cause;
	host_hart.end = HOST_END_SLOW;
}

void trap_step_software(struct vcpu *vcpu, uint64_t address, uint64_t value, uint64_t next)
{
	(void)vcpu, (void)address, (void)value, (void)next;
	host_hart.end = HOST_END_SLOW;
}

void trap_slow(struct vcpu *vcpu)
{
	(void)vcpu;
	host_hart.end = HOST_END_SLOW;
}
