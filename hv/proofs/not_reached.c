/* Functions of hv/core that the exits of fast_proof.c do not reach. They are in a file of their own, because fast_reached
 * checks that each statement in the file of the proof is reached. */
#include "hv/core/core.h"
#include "hv/proofs/proof.h"

#define NOT_REACHED(function) prove(false, "these exits do not reach " #function)

void fast_observe_firmware(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu, (void)pc, (void)value, (void)kind;
	NOT_REACHED(fast_observe_firmware);
}

void fast_observe_payload(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu, (void)pc, (void)value, (void)kind;
	NOT_REACHED(fast_observe_payload);
}

void fast_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu, (void)pc, (void)value, (void)kind;
	NOT_REACHED(fast_answer);
}

void record_exit(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu, (void)pc, (void)value, (void)kind;
	NOT_REACHED(record_exit);
}

void interrupts_serve(struct hart *hart)
{
	(void)hart;
	NOT_REACHED(interrupts_serve);
}

bool device_access(struct hart *hart)
{
	(void)hart;
	NOT_REACHED(device_access);
	return false;
}

bool firmware_access(struct hart *hart, const struct instruction *instruction)
{
	(void)hart, (void)instruction;
	NOT_REACHED(firmware_access);
	return false;
}

void panic(const struct hart *hart, const char *reason)
{
	(void)hart, (void)reason;
	NOT_REACHED(panic);
}
