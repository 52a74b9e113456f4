/* The fast paths for misaligned loads and stores of integer registers. They read the instruction and make the access byte by
 * byte, both with the payload's rights (semantics 30). Everything else is left to the hook, which begins again: other
 * instructions, accesses that fault, and code that the payload may execute but not read.
 * Look at the disassembly after any change: there must be no stack frame and no call. */
#define LOG_NAME offload
#include "modules/offload/offload.h"

/* mstatus for accesses with the payload's rights; MPP is its mode. Without MXR, hv cannot read code that is only executable.
 * But on some machines a change of MXR discards translations. */
PART_OF_FAST_PATH uint64_t payloads_rights(uint64_t status)
{
	return (status & ~MSTATUS_MDT) | MSTATUS_MPRV;
}

/* Restores the CSRs of the payload's trap, which a trap of a guarded access has replaced, and lets the hook handle the
 * payload's trap. */
STEP_OF_FAST_PATH void fast_misaligned_fault(struct vcpu *vcpu)
{
	csr_write(CSR_mepc, vcpu->pc);
	csr_write(CSR_mtval, vcpu->trap.value);
	csr_write(CSR_mcause, vcpu->trap.cause);
	return trap_slow(vcpu);
}

PART_OF_FAST_PATH uint64_t register_of(const struct vcpu *vcpu, unsigned index)
{
	return __builtin_expect(register_is_saved(index), 1) ? vcpu->regs[index] : live_register_read(index);
}

PART_OF_FAST_PATH void set_register(struct vcpu *vcpu, unsigned index, uint64_t value)
{
	if (__builtin_expect(register_is_saved_and_written(index), 1))
		vcpu->regs[index] = value;
	else if (index)
		live_register_write(index, value);
}

/* The value of a load that has read @p value, which is zero-extended. */
PART_OF_FAST_PATH uint64_t extended(const struct instruction *access, uint64_t value)
{
	unsigned unused = 64 - 8u * access->width;

	return access->is_signed ? (uint64_t)((int64_t)(value << unused) >> unused) : value;
}

/* Makes the access. @return ERROR_TRAPPED if it has faulted; then no register and no byte has changed */
PART_OF_FAST_PATH enum error make_access(struct vcpu *vcpu, const struct instruction *access, uint64_t status,
					 uint64_t address)
{
	uint64_t value;

	if (access->kind == INSTRUCTION_STORE)
		return guarded_store_bytes(status, address, access->width, register_of(vcpu, access->rs2));
	if (guarded_load_bytes(status, address, access->width, &value) != ERROR_NONE)
		return ERROR_TRAPPED;
	set_register(vcpu, access->rd, extended(access, value));
	return ERROR_NONE;
}

/* Both kinds have the same path, because the cause only matters if the hook handles the trap after all. The firmware may
 * handle the exception itself, or have delegated it to the payload. hv does not make accesses for VS- and VU-mode. */
STEP_OF_FAST_PATH void fast_misaligned(struct offload *self, struct vcpu *vcpu, uint64_t cause)
{
	uint64_t status = csr_read(CSR_mstatus), pc = csr_read(CSR_mepc), word, address;
	struct instruction access;

	if ((status & MSTATUS_MPV) || (vcpu->medeleg >> cause & 1))
		return trap_slow(vcpu);
	vcpu->pc = pc;
	vcpu->trap.value = csr_read(CSR_mtval);
	vcpu->trap.cause = cause;
	status = payloads_rights(status);
	if (guarded_load_halfwords(status, pc, &word) != ERROR_NONE ||
	    !instruction_decode_plain((uint32_t)word, &access))
		return fast_misaligned_fault(vcpu);
	address = register_of(vcpu, access.rs1) + (uint64_t)(int64_t)access.offset;
	if (!(address & (access.width - 1u)) || make_access(vcpu, &access, status, address) != ERROR_NONE)
		return fast_misaligned_fault(vcpu);
	pc = vcpu->pc;
	csr_write(CSR_mepc, pc + access.length);
	return module_fast_return(self, vcpu, pc, vcpu->trap.value, vcpu->trap.cause);
}

void offload_fast_misaligned(struct offload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause)
{
	(void)hart;
	return fast_misaligned(self, vcpu, cause);
}
