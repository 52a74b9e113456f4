/* CSR instructions of the firmware in C, behind the first tier: every CSR that no fast path serves, and every write that may
 * make an interrupt due. Runs on hv's stack with the guest's s0-s11 in the hardware (enum step). */
#include "hv/arch/csr.h"
#include "hv/arch/live.h"
#include "hv/virt/csr.h"
#include "hv/virt/fast.h"
#include "hv/virt/transition.h"

/* Sets rd. @return what trap.S has to do for it */
static inline uint64_t set_destination(struct vcpu *vcpu, unsigned rd, uint64_t value)
{
	vcpu_set_reg(vcpu, rd, value);
	return register_is_saved(rd) ? STEP_DONE : rd;
}

/* The firmware's handler is entered for @p cause, its instruction not carried out. */
static COLD uint64_t refuse(struct vcpu *vcpu, uint64_t pc, uint32_t word)
{
	vcpu->pc = pc;
	vcpu_take_trap(vcpu, CAUSE_ILLEGAL, word);
	csr_write(CSR_mepc, vcpu->pc);
	step_observe(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_FORWARDED));
	return STEP_DONE;
}

uint64_t step_csr(struct vcpu *vcpu, uint32_t word, uint64_t operand)
{
	const struct csr_instruction instruction = {
		.number = word >> 20,
		.operation = (enum csr_operation)(word >> 12 & 3),
		.rd = word >> 7 & 31,
		.rs1 = word >> 15 & 31,
		.operand = operand,
	};
	uint64_t pc = csr_read(CSR_mepc), old; /* before a guarded access may fault */
	enum trace_outcome outcome = TRACE_EMULATED;

	csr_clear(CSR_mstatus, MSTATUS_MDT); /* a guarded access may trap */
	if (!csr_execute(vcpu, &instruction, &old))
		return refuse(vcpu, pc, word);
	vcpu->pc = pc + 4;

	uint64_t done = set_destination(vcpu, instruction.rd, old);
	unsigned interrupt = vcpu_pending_interrupt(vcpu);

	if (interrupt) {
		vcpu_take_interrupt(vcpu, interrupt);
		outcome = TRACE_INJECTED;
	}
	csr_write(CSR_mepc, vcpu->pc);
	step_observe(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, outcome));
	return done;
}
