/* Proof: after a switch from the payload to the firmware and back, physical mstatus, mie, mip, satp, senvcfg, medeleg and
 * mtvec are as before. In between, the firmware runs in U-mode with address translation off, without delegation, and
 * with the interrupts of the firmware world only.
 * Bound: 16 PMP entries, no modules. Stubs: none in use.
 * Assumptions: state.h; while the payload runs, the hardware holds what world_enter_payload wrote, or what the payload
 * itself may change: its own fields of mstatus, mie and mip, satp and senvcfg. */
#include "hv/proofs/spec.h"
#include "hv/proofs/state.h"
#include "hv/virt/transition.h"

struct machine machine;

#define OF_S (SPEC_BIT(SPEC_SSI) | SPEC_BIT(SPEC_STI) | SPEC_BIT(SPEC_SEI))
#define OF_HV (SPEC_BIT(SPEC_MSI) | SPEC_BIT(SPEC_MTI))
#define UBE SPEC_BIT(6)
#define TRAPS (SPEC_BIT(20) | SPEC_BIT(21) | SPEC_BIT(22)) /* TVM, TW, TSR */
#define UXL (3ull << 32)
#define GVA SPEC_BIT(38)
#define MPV SPEC_BIT(39)
#define MPELP SPEC_BIT(41)
#define MDT SPEC_BIT(42)

/* Restricts the hardware to what it holds while the payload runs, at a trap into hv from vcpu->mode.
 * @return mstatus */
static uint64_t assume_payload_runs(const struct vcpu *vcpu)
{
	uint64_t status = proof_hart.value[CSR_SLOT_mstatus];

	assume(field_get(SPEC_MPP, status) == vcpu->mode && !(status & (SPEC_MIE | SPEC_MPIE | SPEC_MPRV | MDT)));
	assume((status & TRAPS) == (vcpu->mstatus & TRAPS) && !(vcpu->mstatus & MPELP));
	assume(field_get(UXL, status) != 0);
	assume(machine.has_hypervisor || !(status & (GVA | MPV)));
	assume((proof_hart.value[CSR_SLOT_mie] & ~OF_S) == (OF_HV | (vcpu->mie & SPEC_BIT(SPEC_MEI))));
	assume(proof_hart.value[CSR_SLOT_medeleg] == payload_delegation(vcpu) &&
	       (hart_writable[CSR_SLOT_medeleg] & machine.medeleg_mask) == machine.medeleg_mask);
	assume((proof_hart.value[CSR_SLOT_medeleg] & ~hart_writable[CSR_SLOT_medeleg]) == 0);
	assume(~hart_writable[CSR_SLOT_mtvec] == 0 && proof_hart.value[CSR_SLOT_mtvec] == (uint64_t)trap_entry_payload);
	assume(~hart_writable[CSR_SLOT_satp] == 0 && (proof_hart.satp_modes & 1) &&
	       (proof_hart.satp_modes >> field_get(SATP_MODE, proof_hart.value[CSR_SLOT_satp]) & 1));
	assume((proof_hart.value[CSR_SLOT_senvcfg] & ~hart_writable[CSR_SLOT_senvcfg]) == 0);
	/* fields that the machine does not have are 0 */
	assume((status & ~hart_writable[CSR_SLOT_mstatus] & (UBE | GVA | MPV | MPELP)) == 0);
	assume((hart_writable[CSR_SLOT_mstatus] & UXL) == UXL ||
	       ((hart_writable[CSR_SLOT_mstatus] & UXL) == 0 && field_get(UXL, status) == 2));
	assume((status & ~(MSTATUS_HARDWARE | MSTATUS_VIRTUAL | MSTATUS_ENDIAN | GVA | MPV)) == 0);
	return status;
}

int main(void)
{
	struct vcpu vcpu;

	state_choose_hart();
	state_choose_machine();
	state_choose_vcpu(&vcpu, WORLD_PAYLOAD);

	uint64_t status = assume_payload_runs(&vcpu);
	struct physical_hart before = proof_hart;
	enum mode mode = vcpu.mode;

	world_enter_firmware(&vcpu);

	prove(vcpu.world == WORLD_FIRMWARE, "the firmware's world is set up");
	prove(field_get(SPEC_MPP, proof_hart.value[CSR_SLOT_mstatus]) == SPEC_U &&
		      !(proof_hart.value[CSR_SLOT_mstatus] & (MPV | SPEC_MPRV | UBE)),
	      "the firmware runs in U-mode, not in a guest of it");
	prove(field_get(UXL, proof_hart.value[CSR_SLOT_mstatus]) == 2, "the firmware runs with 64 bits");
	prove(proof_hart.value[CSR_SLOT_mstatus] & SPEC_BIT(21), "wfi of the firmware traps");
	prove(proof_hart.value[CSR_SLOT_medeleg] == 0, "no exception of the firmware is delegated");
	prove(proof_hart.value[CSR_SLOT_satp] == 0, "the firmware's addresses are physical");
	prove(!hart_present[CSR_SLOT_senvcfg] || proof_hart.value[CSR_SLOT_senvcfg] == 0,
	      "the payload's senvcfg does not apply");
	prove((proof_hart.value[CSR_SLOT_mie] & OF_S & proof_hart.value[CSR_SLOT_mideleg]) == 0,
	      "no delegated interrupt is enabled");
	prove((proof_hart.value[CSR_SLOT_mie] & (OF_S | SPEC_BIT(SPEC_MEI))) == 0 || (vcpu.mstatus & SPEC_MIE),
	      "the firmware is interrupted only if virtual MIE is 1");
	prove(vcpu.mstatus & MPELP ? status & MPELP : 1, "MPELP is the payload's");

	vcpu.mode = mode;
	world_enter_payload(&vcpu);

	prove(vcpu.world == WORLD_PAYLOAD, "the payload's world is set up");
	prove(proof_hart.value[CSR_SLOT_mstatus] == before.value[CSR_SLOT_mstatus], "mstatus is as before");
	prove(proof_hart.value[CSR_SLOT_mie] == before.value[CSR_SLOT_mie], "mie is as before");
	prove(proof_hart.value[CSR_SLOT_mip] == before.value[CSR_SLOT_mip], "mip is as before");
	prove(proof_hart.value[CSR_SLOT_satp] == before.value[CSR_SLOT_satp], "satp is as before");
	prove(proof_hart.value[CSR_SLOT_senvcfg] == before.value[CSR_SLOT_senvcfg], "senvcfg is as before");
	prove(proof_hart.value[CSR_SLOT_medeleg] == before.value[CSR_SLOT_medeleg], "medeleg is as before");
	prove(proof_hart.value[CSR_SLOT_mtvec] == before.value[CSR_SLOT_mtvec], "mtvec is as before");
	prove(state_is_legal(&vcpu), "the vcpu is legal again");
	return 0;
}
