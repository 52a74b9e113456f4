/* Handles the CSR instructions of the firmware that no fast path can handle. These are the accesses to CSRs that have
 * no fast path, and the writes that may make an interrupt due. This is ordinary C code, which runs on hv's stack while
 * the hardware still holds the guest's s0-s11 (enum step). */
#include "hv/arch/csr.h"
#include "hv/arch/live.h"
#include "hv/virt/csr.h"
#include "hv/virt/fast.h"
#include "hv/virt/transition.h"

/* Lets the firmware take an illegal-instruction exception. */
static COLD struct step_answer refuse(struct vcpu *vcpu, uint64_t pc, uint32_t word)
{
	vcpu->pc = pc;
	vcpu_take_trap(vcpu, CAUSE_ILLEGAL, word);
	csr_write(CSR_mepc, vcpu->pc);
	step_observe(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_FORWARDED));
	return (struct step_answer){ STEP_DONE, 0 };
}

/* Leaves the instruction to the slow tier, because the CSR may be one of the FP and vector extensions, such as fcsr. Then
 * the slow tier lets the firmware use them. The guarded access to a CSR that does not exist has changed the trap's CSRs. */
static COLD struct step_answer leave_to_slow_tier(uint64_t pc, uint64_t value)
{
	csr_write(CSR_mepc, pc);
	csr_write(CSR_mcause, CAUSE_ILLEGAL);
	csr_write(CSR_mtval, value);
	return (struct step_answer){ STEP_REFUSED, 0 };
}

/* Ends an instruction that has been carried out and has made an interrupt due: the firmware takes the interrupt. */
static COLD struct step_answer interrupt(struct vcpu *vcpu, uint64_t pc, uint32_t word, uint64_t old)
{
	unsigned rd = word >> 7 & 31;

	vcpu->pc = pc + 4;
	vcpu_set_reg(vcpu, rd, old);
	vcpu_take_interrupt(vcpu, vcpu_pending_interrupt(vcpu));
	csr_write(CSR_mepc, vcpu->pc);
	step_observe(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_INJECTED));
	return (struct step_answer){ register_is_saved(rd) ? STEP_DONE : rd, 0 };
}

struct step_answer step_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	const struct csr_instruction instruction = {
		.number = word >> 20,
		.operation = (enum csr_operation)(word >> 12 & 3),
		.rd = word >> 7 & 31,
		.rs1 = word >> 15 & 31,
		.operand = operand,
	};
	uint64_t old;
	uint64_t value = CONFIG_HIDE_EXTENSION_STATE ? csr_read(CSR_mtval) : 0;

	csr_clear(CSR_mstatus, MSTATUS_MDT); /* with MDT set, a trap of a guarded access would be fatal */
	if (csr_execute(vcpu, &instruction, &old) != ERROR_NONE)
		return CONFIG_HIDE_EXTENSION_STATE && vcpu_extensions_are_off(vcpu) ? leave_to_slow_tier(pc, value)
										    : refuse(vcpu, pc, word);
	if (vcpu_pending_interrupt(vcpu))
		return interrupt(vcpu, pc, word, old);
	return (struct step_answer){ STEP_FINISH, old };
}
