/* Proof: hv takes for the firmware the interrupt that the manual says (3.1.9), wfi ends when it should (3.3.3), and
 * physical mie in the firmware world enables hv's own interrupts and those that the firmware would take.
 * Bound: 16 PMP entries, no modules. Stubs: csr_physical_read, csr_physical_write (hart.c).
 * Assumptions: state.h; in the payload world, physical mie is what world_enter_payload and the payload's own writes to
 * sie leave there. */
#include "hv/proofs/spec.h"
#include "hv/proofs/state.h"

struct machine machine;

#define OF_HV (SPEC_BIT(SPEC_MSI) | SPEC_BIT(SPEC_MTI))
#define OF_S (SPEC_BIT(SPEC_SSI) | SPEC_BIT(SPEC_STI) | SPEC_BIT(SPEC_SEI))

int main(void)
{
	struct vcpu vcpu;
	enum world world = nondet_bool() ? WORLD_FIRMWARE : WORLD_PAYLOAD;

	state_choose_hart();
	state_choose_machine();
	state_choose_vcpu(&vcpu, world);

	struct spec_status status = { vcpu_mstatus(&vcpu), (enum spec_mode)vcpu.mode };
	uint64_t physical = proof_hart.value[CSR_SLOT_mip] | proof_hart.wires;
	uint64_t mip = (physical & (OF_S | SPEC_BIT(SPEC_MEI))) | (vcpu.machine_software ? SPEC_BIT(SPEC_MSI) : 0) |
		       (vcpu.machine_timer ? SPEC_BIT(SPEC_MTI) : 0);
	uint64_t mideleg = proof_hart.value[CSR_SLOT_mideleg] & OF_S;
	uint64_t mie = vcpu.mie;

	if (world == WORLD_PAYLOAD)
		mie = (mie & ~OF_S) | (proof_hart.value[CSR_SLOT_mie] & OF_S);

	prove(vcpu_mip(&vcpu) == mip, "mip has the S bits and MEI of the hardware, and hv's own MSI and MTI");
	prove(vcpu_pending_interrupt(&vcpu) == spec_interrupt(status, mip, mie, mideleg),
	      "the interrupt with the highest priority is taken, if one is taken");
	if (world == WORLD_FIRMWARE) {
		prove(vcpu_wfi_wakes(&vcpu) == ((mip & mie) != 0), "wfi ends if mie enables a pending interrupt");
		vcpu_update_interrupt_enables(&vcpu);

		uint64_t taken = status.mstatus & SPEC_MIE ? mie & ~mideleg & ~OF_HV : 0;

		prove((proof_hart.value[CSR_SLOT_mie] & (OF_HV | OF_S | SPEC_BIT(SPEC_MEI))) == (OF_HV | taken),
		      "physical mie enables hv's interrupts, and those that the firmware takes at once");
	}
	return 0;
}
