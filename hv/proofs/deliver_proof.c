/* Proof: an exception of the guest goes to S-mode exactly if the guest is below M and virtual medeleg delegates it. It
 * then has the effect of section 4.1.1 on the S CSRs, and changes nothing else. Otherwise it is a trap to the firmware,
 * and the S CSRs keep their values.
 * Bound: causes 0 to 63; 16 PMP entries, no modules. Stubs: csr_physical_read, csr_physical_write (hart.c).
 * Assumptions: state.h; the S CSRs hold all values (hv writes no value that they could not hold). */
#include "hv/proofs/spec.h"
#include "hv/proofs/state.h"

struct machine machine;

int main(void)
{
	struct vcpu vcpu;
	uint64_t cause = nondet_u8() & 63, value = nondet_u64();
	enum world world = nondet_bool() ? WORLD_FIRMWARE : WORLD_PAYLOAD;

	state_choose_hart();
	state_choose_machine();
	state_choose_vcpu(&vcpu, world);
	assume(~hart_writable[CSR_SLOT_sepc] == 0 && ~hart_writable[CSR_SLOT_scause] == 0 &&
	       ~hart_writable[CSR_SLOT_stval] == 0);

	struct vcpu old = vcpu;
	struct physical_hart before = proof_hart;
	bool delegated = old.mode != MODE_MACHINE && (old.medeleg >> cause & 1);

	vcpu_deliver_exception(&vcpu, cause, value);

	if (delegated) {
		uint64_t status = before.value[CSR_SLOT_mstatus];
		uint64_t entered = spec_with(status, SPEC_SPIE, status & SPEC_SIE);

		entered = spec_with(entered, SPEC_SPP, old.mode == MODE_SUPERVISOR) & ~SPEC_SIE;
		prove(vcpu.mode == MODE_SUPERVISOR && vcpu.pc == spec_trap_pc(before.value[CSR_SLOT_stvec], cause),
		      "S-mode's handler runs");
		prove(proof_hart.value[CSR_SLOT_sepc] == old.pc && proof_hart.value[CSR_SLOT_scause] == cause &&
			      proof_hart.value[CSR_SLOT_stval] == value,
		      "sepc, scause and stval tell the exception");
		prove((proof_hart.value[CSR_SLOT_mstatus] & ~SPEC_MPP) == (entered & ~SPEC_MPP),
		      "SPP, SPIE and SIE are as in 4.1.1");
		prove((proof_hart.value[CSR_SLOT_mstatus] & SPEC_MPP) == (uint64_t)SPEC_S << 11,
		      "hv returns to S-mode");
		prove(vcpu.mstatus == old.mstatus && vcpu.world == old.world, "virtual M-mode does not change");
		prove(state_same_memory(&vcpu, &old), "the firmware's CSRs keep their values");
	} else {
		prove(vcpu.mode == MODE_MACHINE && vcpu.pc == spec_trap_pc(old.mtvec, cause),
		      "the firmware's handler runs");
		prove(vcpu.csr.mepc == old.pc && vcpu.csr.mcause == cause && vcpu.csr.mtval == value,
		      "mepc, mcause and mtval tell the exception");
		prove(proof_hart.value[CSR_SLOT_sepc] == before.value[CSR_SLOT_sepc] &&
			      proof_hart.value[CSR_SLOT_scause] == before.value[CSR_SLOT_scause] &&
			      proof_hart.value[CSR_SLOT_stval] == before.value[CSR_SLOT_stval] &&
			      proof_hart.value[CSR_SLOT_mstatus] == before.value[CSR_SLOT_mstatus],
		      "S-mode does not change");
	}
	prove(proof_hart.value[CSR_SLOT_satp] == before.value[CSR_SLOT_satp] &&
		      proof_hart.value[CSR_SLOT_stvec] == before.value[CSR_SLOT_stvec] &&
		      proof_hart.value[CSR_SLOT_sscratch] == before.value[CSR_SLOT_sscratch] &&
		      proof_hart.value[CSR_SLOT_medeleg] == before.value[CSR_SLOT_medeleg] &&
		      proof_hart.value[CSR_SLOT_mideleg] == before.value[CSR_SLOT_mideleg],
	      "no other physical CSR of S-mode changes");
	prove(vcpu.mie == old.mie && vcpu.medeleg == old.medeleg && vcpu.mtvec == old.mtvec,
	      "no other virtual CSR changes");
	prove(state_is_legal(&vcpu), "the vcpu is legal again");
	return 0;
}
