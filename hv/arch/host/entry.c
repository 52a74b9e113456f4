/* What trap.S is to C, on the host: entry points that nobody enters, and the ends of fast paths. */
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

void trap_record_slow(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu, (void)pc, (void)value, (void)kind;
	abort();
}

void trap_slow(struct vcpu *vcpu)
{
	(void)vcpu;
	host_hart.end = HOST_END_SLOW;
}
