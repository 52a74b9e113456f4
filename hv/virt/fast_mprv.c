/* Fast path for the firmware's loads and stores of integer registers while MPRV is armed (semantics 17, 18). It makes
 * the access with the payload's satp and PMP, by one guarded instruction. It also handles misaligned accesses if the
 * machine supports them. step_access handles all other accesses, and all accesses that fault. Look at the disassembly
 * after any change: there must be no stack frame and no call. */
#include "hv/arch/csr.h"
#include "hv/arch/guard_inline.h"
#include "hv/virt/fast_register.h"
#include "hv/virt/firmware_word.h"
#include "hv/virt/instruction.h"

/* Decodes the instruction. Returns whether the fast path can handle it. For that, trap.S must have saved all registers
 * of the instruction, and the instruction's address must be the address that the trap reports. */
PART_OF_FAST_PATH bool fast_mprv_access(const struct vcpu *vcpu, uint64_t pc, uint64_t address,
					struct instruction *access)
{
	if (!instruction_decode_plain(firmware_word(pc), access))
		return false;
	if (!register_is_saved(access->rs1) || !register_is_saved(access->rd) || !register_is_saved(access->rs2))
		return false;
	return vcpu->regs[access->rs1] + (uint64_t)(int64_t)access->offset == address;
}

/* The mstatus with which the access has the rights that MPRV selects. */
PART_OF_FAST_PATH uint64_t fast_mprv_status(const struct vcpu *vcpu)
{
	uint64_t status = csr_read(CSR_mstatus) & ~(MSTATUS_MPP | MSTATUS_MPV | MSTATUS_MDT);

	return status | MSTATUS_MPRV | (vcpu->mstatus & MSTATUS_MPP) | (vcpu->payload_status & MSTATUS_MPV);
}

PART_OF_FAST_PATH uint64_t fast_extend(uint64_t value, unsigned width, bool is_signed)
{
	unsigned unused = 64 - 8 * width;

	return is_signed ? (uint64_t)((int64_t)(value << unused) >> unused) : value;
}

/* The next two functions run after the access. They are separate functions, so that few values are live during the
 * access. */
STEP_OF_FAST_PATH void fast_mprv_end(struct vcpu *vcpu, uint64_t value)
{
	uint64_t pc = csr_read(CSR_mepc), address = csr_read(CSR_mtval), cause = csr_read(CSR_mcause);
	struct instruction access;

	/* If another hart has just changed the instruction, pc stays, and the guest executes it again. */
	if (instruction_decode_plain(firmware_word(pc), &access)) {
		if (access.kind == INSTRUCTION_LOAD && access.rd)
			vcpu->regs[access.rd] = fast_extend(value, access.width, access.is_signed);
		csr_write(CSR_mepc, pc + access.length);
	}
	return fast_return(vcpu, pc, address, FAST_KIND(cause, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

/* Ends an access that has faulted. It restores the CSRs of the original trap, and jumps to step_access, which makes the
 * access again. */
STEP_OF_FAST_PATH void fast_mprv_fault(struct vcpu *vcpu)
{
	csr_write(CSR_mepc, vcpu->pc);
	csr_write(CSR_mtval, vcpu->trap.value);
	csr_write(CSR_mcause, vcpu->trap.cause);
	return trap_step_access(vcpu, vcpu->trap.cause);
}

/* Makes the access in the payload's address space, and in the PMP view for such accesses. */
STEP_OF_FAST_PATH void fast_mprv_run(struct vcpu *vcpu, const struct thunk *thunk, uint64_t address, uint64_t value)
{
	csr_write(CSR_satp, vcpu->satp);
	fast_pmp_install(vcpu, PMP_VIEW_REDIRECTED);

	enum error error = guarded_inline(thunk, address, fast_mprv_status(vcpu), &value);

	csr_write(CSR_satp, 0);
	fast_pmp_install(vcpu, PMP_VIEW_MPRV);
	return error ? fast_mprv_fault(vcpu) : fast_mprv_end(vcpu, value);
}

void fast_firmware_mprv(struct vcpu *vcpu, uint64_t cause)
{
	uint64_t pc = csr_read(CSR_mepc), address = csr_read(CSR_mtval), value = 0;
	struct instruction access;

	if (!firmware_word_stays(pc) || !fast_pmp_ready(vcpu, PMP_VIEW_REDIRECTED) ||
	    !fast_pmp_ready(vcpu, PMP_VIEW_MPRV))
		return trap_step_access(vcpu, cause);
	if (!fast_mprv_access(vcpu, pc, address, &access))
		return trap_step_access(vcpu, cause);
	vcpu->pc = pc;
	vcpu->trap.value = address;
	vcpu->trap.cause = cause;

	const struct thunk *thunk = load_thunks;

	if (access.kind == INSTRUCTION_STORE) {
		thunk = store_thunks;
		value = vcpu->regs[access.rs2];
	}
	thunk += access.width == 8 ? 3 : access.width >> 1;
	return fast_mprv_run(vcpu, thunk, address, value);
}
