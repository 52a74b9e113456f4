/* Fast paths for virtual traps and for mret. The exception may come from the firmware or the payload, and the firmware
 * takes it. The firmware's mret may return to the firmware or to the payload. A path from firmware to payload, or back,
 * also switches worlds. Look at the disassembly after any change: there must be no stack frame and no call. */
#include "abi/hartscope.h"
#include "abi/sbi.h"
#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/virt/fast_register.h"
#include "hv/virt/instruction.h"
#include "hv/virt/transition.h"

#define A7 17

/* Recomputes physical mie after virtual MIE may have changed. Nothing else on which physical mie depends has changed.
 * While virtual MIE is 0, physical mie is constant. */
PART_OF_FAST_PATH void fast_update_enables(struct vcpu *vcpu, uint64_t old_status)
{
	if ((old_status | vcpu->mstatus) & MSTATUS_MIE)
		csr_write(CSR_mie, transition_firmware_enables(vcpu));
}

/* Handles an mret that returns to virtual M-mode. If virtual MPRV is 1, trap_slow has to handle the mret, because mret
 * sets MPP to U, and MPRV would then be armed. */
STEP_OF_FAST_PATH void fast_mret_to_firmware(struct vcpu *vcpu, uint64_t pending)
{
	uint64_t status = vcpu->mstatus;

	if ((status & MSTATUS_MPRV) || ((status & MSTATUS_MPIE) && pending))
		return trap_slow(vcpu);

	uint64_t pc = CONFIG_OBSERVED ? csr_read(CSR_mepc) : 0;

	csr_write(CSR_mepc, transition_mret(vcpu));
	fast_update_enables(vcpu, status);
	return fast_return(vcpu, pc, INSTRUCTION_WORD_MRET,
			   FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

PART_OF_FAST_PATH void enter_payload(struct vcpu *vcpu)
{
	uint64_t pc = CONFIG_OBSERVED ? csr_read(CSR_mepc) : 0;
	uint64_t kind = FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_PAYLOAD, TRACE_EMULATED);

	csr_write(CSR_mepc, transition_mret(vcpu));
	vcpu->mprv_armed = false; /* because mret has cleared MPRV */
	world_enter_payload(vcpu);
	fast_pmp_install(vcpu, PMP_VIEW_PAYLOAD);
	if (CONFIG_TRACE && vcpu->tracer->call.pending)
		return fast_answer(vcpu, pc, INSTRUCTION_WORD_MRET, kind);
	return fast_return(vcpu, pc, INSTRUCTION_WORD_MRET, kind);
}

void fast_enter_payload(struct vcpu *vcpu)
{
	return enter_payload(vcpu);
}

void fast_firmware_mret(struct vcpu *vcpu)
{
	uint64_t pending = transition_mip(vcpu) & vcpu->mie & ~(csr_read(CSR_mideleg) & IP_S_BITS);

	if (field_get(MSTATUS_MPP, vcpu->mstatus) == MODE_MACHINE)
		return fast_mret_to_firmware(vcpu, pending);
	if (pending || !vcpu->started || !fast_pmp_ready(vcpu, PMP_VIEW_PAYLOAD))
		return trap_slow(vcpu);
	if (CONFIG_FAST_MODULE_FIRMWARE_MRET)
		return fast_module_firmware_mret(vcpu);
	return enter_payload(vcpu);
}

/* Handles an exception of the firmware for which the firmware's own trap handler is responsible. */
void fast_firmware_trap(struct vcpu *vcpu, uint64_t cause)
{
	uint64_t pc = csr_read(CSR_mepc), value = csr_read(CSR_mtval), status = vcpu->mstatus, eid = vcpu->regs[A7];
	bool is_ecall = cause == CAUSE_ECALL_U;

	if (cause >= 64 || vcpu->mprv_armed)
		return trap_slow(vcpu);
	if (is_ecall && (eid == HARTSCOPE_EID || eid == HARTSCOPE_PEER_EID))
		return trap_slow(vcpu);
	csr_write(CSR_mepc,
		  transition_trap(vcpu, pc, MODE_MACHINE, is_ecall ? CAUSE_ECALL_M : cause, is_ecall ? 0 : value));
	fast_update_enables(vcpu, status);
	return fast_return(vcpu, pc, value, FAST_KIND(cause, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_FORWARDED));
}

PART_OF_FAST_PATH void enter_firmware(struct vcpu *vcpu, uint64_t cause)
{
	enum mode mode = (enum mode)field_get(MSTATUS_MPP, csr_read(CSR_mstatus));
	uint64_t pc = csr_read(CSR_mepc), value = csr_read(CSR_mtval);
	uint64_t handler = transition_trap(vcpu, pc, mode, cause, value);

	/* a module's fast path may have changed the registers, so the record of the call has been prepared before it */
	if (!CONFIG_FAST_MODULE_PAYLOAD_TRAP && cause == CAUSE_ECALL_S)
		vcpu_note_call(vcpu, pc);

	csr_write(CSR_mepc, handler);
	world_enter_firmware(vcpu);
	fast_pmp_install(vcpu, PMP_VIEW_FIRMWARE);
	return fast_return(vcpu, pc, value, FAST_KIND(cause, WORLD_PAYLOAD, WORLD_FIRMWARE, TRACE_FORWARDED));
}

void fast_enter_firmware(struct vcpu *vcpu, uint64_t cause)
{
	return enter_firmware(vcpu, cause);
}

void fast_payload_trap(struct vcpu *vcpu, uint64_t cause)
{
	uint64_t eid = vcpu->regs[A7];

	if (cause == CAUSE_ECALL_S && (eid == HARTSCOPE_EID || eid == HARTSCOPE_PEER_EID))
		return trap_slow(vcpu);
	/* the slow tier looks at these calls */
	if (CONFIG_HART_STATE && cause == CAUSE_ECALL_S && eid == SBI_EID_HSM)
		return trap_slow(vcpu);
	if (CONFIG_RESET_BY_SBI && cause == CAUSE_ECALL_S && (eid == SBI_EID_SRST || eid == SBI_EID_LEGACY_SHUTDOWN))
		return trap_slow(vcpu);
	if (cause >= 64 || (vcpu->medeleg >> cause & 1) || (vcpu->counters_withheld && cause == CAUSE_ILLEGAL) ||
	    !fast_pmp_ready(vcpu, PMP_VIEW_FIRMWARE))
		return trap_slow(vcpu);

	/* Observers need the instruction. trap_slow reads it. */
	if (CONFIG_OBSERVED && cause == CAUSE_ILLEGAL && csr_read(CSR_mtval) == 0)
		return trap_slow(vcpu);
	if (CONFIG_FAST_MODULE_PAYLOAD_TRAP)
		return fast_module_payload_trap(vcpu, cause);
	return enter_firmware(vcpu, cause);
}
