/* Proof: mret, sret and a virtual trap change mstatus, pc and mode as the manual has it (3.1.6.1, 3.1.7, 3.3.2), and
 * nothing else that the firmware sees. Afterwards MPRV is armed if and only if it redirects accesses (3.1.6.3), and
 * physical PMP holds the view of that.
 * Bound: 16 PMP entries, no modules. Each case of the proof is about one of mret, sret and trap (KIND 0, 1 and 2), and
 * starts with VIEW as the view of PMP that is in effect.
 * Stubs: csr_physical_read, csr_physical_write (hart.c).
 * Assumptions: state.h. MPELP is left out, because the world switch moves it (world_switch_proof.c). */
#include "hv/proofs/spec.h"
#include "hv/proofs/state.h"

struct machine machine;

static struct spec_status status_of(const struct vcpu *vcpu)
{
	return (struct spec_status){ vcpu_mstatus(vcpu) & ~MSTATUS_MPELP, (enum spec_mode)vcpu->mode };
}

int main(void)
{
	struct vcpu vcpu;
	uint64_t cause = nondet_u64(), value = nondet_u64();

	state_choose_hart();
	state_choose_machine();
	state_choose_vcpu(&vcpu, WORLD_FIRMWARE);
	state_assume_view(&vcpu, VIEW);

	struct spec_status before = status_of(&vcpu), after;
	struct vcpu old = vcpu;
	uint64_t sepc = proof_hart.value[CSR_SLOT_sepc];

	switch (KIND) {
	case 0:
		vcpu_mret(&vcpu);
		after = spec_mret(before);
		prove(vcpu.pc == old.csr.mepc, "mret continues at mepc");
		break;
	case 1:
		vcpu_sret(&vcpu);
		after = spec_sret(before);
		prove(vcpu.pc == sepc, "sret continues at sepc");
		break;
	default:
		vcpu_take_trap(&vcpu, cause, value);
		after = spec_trap(before);
		prove(vcpu.pc == spec_trap_pc(old.mtvec, cause), "a trap continues at mtvec");
		prove(vcpu.csr.mepc == old.pc && vcpu.csr.mcause == cause && vcpu.csr.mtval == value,
		      "a trap sets mepc, mcause and mtval");
		old.csr.mepc = vcpu.csr.mepc, old.csr.mcause = vcpu.csr.mcause, old.csr.mtval = vcpu.csr.mtval;
	}
	prove(status_of(&vcpu).mstatus == after.mstatus, "mstatus is as the manual has it");
	prove((enum spec_mode)vcpu.mode == after.mode, "the mode is as the manual has it");
	prove((vcpu.mstatus & MSTATUS_MPELP) == (KIND < 2 ? old.mstatus & MSTATUS_MPELP : 0),
	      "a trap clears MPELP, and a return keeps it");
	prove(state_same_memory(&vcpu, &old), "no other CSR in memory changes");
	prove(vcpu.mie == old.mie && vcpu.mtvec == old.mtvec && vcpu.medeleg == old.medeleg, "no other CSR changes");
	prove(vcpu.mprv_armed == old.mprv_armed ||
		      state_view_is_installed(&vcpu, vcpu.mprv_armed ? PMP_VIEW_MPRV : PMP_VIEW_FIRMWARE),
	      "physical PMP holds the view of MPRV");
	prove(state_is_legal(&vcpu), "the vcpu is legal again, and MPRV is armed if it redirects accesses");
	return 0;
}
