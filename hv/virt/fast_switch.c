/* Fast paths that end in the other world: a trap of the payload for the firmware, and the firmware's mret to it.
 * Look at the disassembly after any change: no stack frame, no call. */
#include "hv/abi/hartscope.h"
#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/virt/fast_register.h"
#include "hv/virt/instruction.h"
#include "hv/virt/transition.h"

#define A7 17

/* Whether PMP can change to @p view in a few instructions. */
PART_OF_FAST_PATH bool fast_pmp_ready(const struct vcpu *vcpu, enum pmp_view view)
{
	return vcpu->pmp.words <= 2 && !vcpu->pmp.stale[view] && !vcpu->pmp.address_changed;
}

PART_OF_FAST_PATH void fast_pmp_install(struct vcpu *vcpu, enum pmp_view view)
{
	if (pmp_install_pair(&vcpu->pmp, view))
		pmp_fence();
}

void fast_firmware_mret(struct vcpu *vcpu)
{
	uint64_t pending = transition_mip(vcpu) & vcpu->mie & ~(csr_read(CSR_mideleg) & IP_S_BITS);

	if (field_get(MSTATUS_MPP, vcpu->mstatus) == MODE_MACHINE || (vcpu->mstatus & MSTATUS_MPRV) || pending ||
	    !vcpu->started || (CONFIG_TRACE && vcpu->tracer->call.pending) || !fast_pmp_ready(vcpu, PMP_VIEW_PAYLOAD))
		return trap_slow(vcpu);

	uint64_t pc = CONFIG_TRACE ? csr_read(CSR_mepc) : 0;

	csr_write(CSR_mepc, transition_mret(vcpu));
	world_enter_payload(vcpu);
	fast_pmp_install(vcpu, PMP_VIEW_PAYLOAD);
	return fast_return(vcpu, pc, INSTRUCTION_WORD_MRET,
			   FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_PAYLOAD, TRACE_EMULATED));
}

void fast_payload_trap(struct vcpu *vcpu)
{
	uint64_t status = csr_read(CSR_mstatus), cause = csr_read(CSR_mcause), eid = vcpu->regs[A7];

	if (cause == CAUSE_ECALL_S && (eid == HARTSCOPE_EID || eid == HARTSCOPE_PEER_EID))
		return trap_slow(vcpu);
	if ((vcpu->medeleg >> cause & 1) || (vcpu->counters_withheld && cause == CAUSE_ILLEGAL) ||
	    !fast_pmp_ready(vcpu, PMP_VIEW_FIRMWARE))
		return trap_slow(vcpu);

	enum mode mode = (enum mode)field_get(MSTATUS_MPP, status);
	uint64_t pc = csr_read(CSR_mepc), value = csr_read(CSR_mtval);
	uint64_t handler = transition_trap(vcpu, pc, mode, cause, value);

	if (cause == CAUSE_ECALL_S)
		vcpu_note_call(vcpu, pc);

	csr_write(CSR_mepc, handler);
	world_enter_firmware(vcpu);
	fast_pmp_install(vcpu, PMP_VIEW_FIRMWARE);
	return fast_return(vcpu, pc, value, FAST_KIND(cause, WORLD_PAYLOAD, WORLD_FIRMWARE, TRACE_FORWARDED));
}
