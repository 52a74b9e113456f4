/* Transitions of the virtual machine that both tiers make: virtual trap, mret, and the world switch. The functions are
 * inline because a fast path cannot call functions. They compute the new mstatus and write it by one instruction. If
 * they changed it in steps, a WARL field could have an illegal value between two steps, and the hardware would ignore
 * that write (semantics 20).
 * Called by vcpu.c, by fast paths and by hv/core. Must not know modules or devices. Of PMP, it must know only the
 * fence. */
#ifndef HV_VIRT_TRANSITION_H
#define HV_VIRT_TRANSITION_H

#include "hv/arch/cold.h"
#include "hv/arch/csr.h"
#include "hv/arch/entry.h"
#include "hv/arch/fence.h"
#include "hv/virt/machine.h"
#include "hv/virt/vcpu.h"

/** Executes the fences that must follow a change to pmpcfg or pmpaddr (semantics 15). */
PART_OF_FAST_PATH void pmp_fence(void)
{
	fence_translations();
	if (machine.has_hypervisor)
		fence_guest_translations();
}

/** The address at which a trap with @p cause continues if the trap vector is @p tvec (3.1.7). Pure. */
PART_OF_FAST_PATH uint64_t tvec_target(uint64_t tvec, uint64_t cause)
{
	uint64_t base = tvec & ~TVEC_MODE;
	bool vectored = field_get(TVEC_MODE, tvec) == TVEC_VECTORED;

	return vectored && (cause & CAUSE_INTERRUPT) ? base + 4 * (cause & ~CAUSE_INTERRUPT) : base;
}

/** The part of vcpu_take_trap that changes CSRs. The guest was at @p pc in @p mode when it trapped.
 * @param cause, value for virtual mcause and mtval
 * @return where the firmware's handler starts */
PART_OF_FAST_PATH uint64_t transition_trap(struct vcpu *vcpu, uint64_t pc, enum mode mode, uint64_t cause,
					   uint64_t value)
{
	uint64_t status = vcpu->mstatus & ~(MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MPELP);

	if (vcpu->mstatus & MSTATUS_MIE)
		status |= MSTATUS_MPIE;
	vcpu->csr.mepc = pc;
	vcpu->csr.mcause = cause;
	vcpu->csr.mtval = value;
	vcpu->mstatus = field_set(MSTATUS_MPP, status, mode);
	vcpu->mode = MODE_MACHINE;
	return tvec_target(vcpu->mtvec, cause);
}

/** The part of vcpu_mret that changes CSRs.
 * @return where the guest continues */
PART_OF_FAST_PATH uint64_t transition_mret(struct vcpu *vcpu)
{
	uint64_t status = vcpu->mstatus & ~(MSTATUS_MIE | MSTATUS_MPP);

	vcpu->mode = (enum mode)field_get(MSTATUS_MPP, vcpu->mstatus);
	if (vcpu->mstatus & MSTATUS_MPIE)
		status |= MSTATUS_MIE;
	if (vcpu->mode != MODE_MACHINE)
		status &= ~MSTATUS_MPRV;
	vcpu->mstatus = status | MSTATUS_MPIE;
	return vcpu->csr.mepc;
}

/** SD, if one of the fields in @p status that the worlds have separately is Dirty (3.1.6.6); otherwise 0. Pure. */
PART_OF_FAST_PATH uint64_t separate_dirty(uint64_t status)
{
	uint64_t low_bits = MSTATUS_SEPARATE & ~(MSTATUS_SEPARATE << 1);

	return status & status >> 1 & low_bits ? MSTATUS_SD : 0;
}

/** Virtual mstatus as virtual M-mode reads it, if physical mstatus is @p physical. */
PART_OF_FAST_PATH uint64_t transition_mstatus_of(const struct vcpu *vcpu, uint64_t physical)
{
	uint64_t status = vcpu->mstatus | (physical & (MSTATUS_HARDWARE | MSTATUS_ENDIAN));

	return CONFIG_HIDE_EXTENSION_STATE ? status | separate_dirty(status) : status;
}

/** Virtual mstatus as virtual M-mode reads it (vcpu_mstatus). */
PART_OF_FAST_PATH uint64_t transition_mstatus(const struct vcpu *vcpu)
{
	return transition_mstatus_of(vcpu, csr_read(CSR_mstatus));
}

/** The value of virtual mip (vcpu_mip). */
PART_OF_FAST_PATH uint64_t transition_mip(const struct vcpu *vcpu)
{
	uint64_t pending = csr_read(CSR_mip) & (IP_S_BITS | IP_MEI);

	if (atomic_load_explicit(&vcpu->machine_software, memory_order_relaxed)) {
		/* the handler must see what the sender stored before it sent the interrupt */
		atomic_thread_fence(memory_order_acquire);
		pending |= IP_MSI;
	}
	if (vcpu->machine_timer)
		pending |= IP_MTI;
	return pending;
}

/** Updates physical mcounteren and counters_withheld after virtual mcounteren, mcountinhibit, mcycle or minstret has
 * changed (vcpu_update_counters). Neither world may read a physical counter directly if the virtual counter has a
 * different value. */
PART_OF_FAST_PATH void transition_update_counters(struct vcpu *vcpu)
{
	uint64_t apart = vcpu->mcountinhibit & (COUNTER_CY | COUNTER_IR);

	if (vcpu->cycle.offset)
		apart |= COUNTER_CY;
	if (vcpu->instret.offset)
		apart |= COUNTER_IR;
	vcpu->counters_withheld = apart != 0;
	if (machine.has_mcounteren)
		csr_write(CSR_mcounteren, vcpu->mcounteren & ~apart);
}

/** Applies a CSR instruction's operation with @p operand to mip (semantics 1). It applies the same operation to
 * physical mip, and never writes back a value that it has read from mip. The SEIP bit that is read combines a bit that
 * software can set with the interrupt wire. If hv wrote it back while only the wire is 1, the software bit would become
 * 1 too.
 * @param hidden the bits that do not change */
PART_OF_FAST_PATH void transition_apply_mip(enum csr_operation operation, uint64_t operand, uint64_t hidden)
{
	uint64_t stce = machine.has_menvcfg ? csr_read(CSR_menvcfg) & MENVCFG_STCE : 0;
	uint64_t writable = (stce ? IP_SSI | IP_SEI : IP_S_BITS) & ~hidden;

	if (operation != CSR_OPERATION_SET)
		csr_clear(CSR_mip, writable & (operation == CSR_OPERATION_WRITE ? ~operand : operand));
	if (operation != CSR_OPERATION_CLEAR)
		csr_set(CSR_mip, writable & operand);
}

/** The value of mtvec after a write of @p value, if it was @p old before. A write of a reserved mode leaves mtvec
 * unchanged (3.1.7). Pure. */
PART_OF_FAST_PATH uint64_t legal_mtvec(uint64_t old, uint64_t value)
{
	return field_get(TVEC_MODE, value) <= TVEC_VECTORED ? value : old;
}

/** The value of physical mie in the firmware world (architecture.md, table of the world switch). */
PART_OF_FAST_PATH uint64_t transition_firmware_enables(const struct vcpu *vcpu)
{
	uint64_t enables = IP_MSI | IP_MTI;

	if (vcpu->mstatus & MSTATUS_MIE)
		enables |= vcpu->mie & (IP_MEI | (IP_S_BITS & ~csr_read(CSR_mideleg)));
	return enables;
}

/* The value of the mstatus fields that hv sets in the firmware world. TW is 1 and UXL is 64 bits. MPP is U, and MPV and
 * MPRV are 0. The world switch does not change the fields of STATUS_KEPT. */
#define FIRMWARE_STATUS (MSTATUS_TW | field_set(MSTATUS_UXL, 0, XLEN_64))
#define STATUS_KEPT (MSTATUS_HARDWARE | MSTATUS_SBE | MSTATUS_MBE | MSTATUS_SXL)

/* Causes that hv never lets the hardware delegate to S-mode in the payload world, because an access fault may be an
 * access to a device that hv emulates (semantics 16). */
#define DELEGATION_KEPT (1ull << CAUSE_FETCH_ACCESS | 1ull << CAUSE_LOAD_ACCESS | 1ull << CAUSE_STORE_ACCESS)

/** Saves the payload's values, and sets up the hardware for the firmware, which physically runs in U-mode. The
 * caller changes the PMP view. */
PART_OF_FAST_PATH void world_enter_firmware(struct vcpu *vcpu)
{
	uint64_t status = csr_read(CSR_mstatus);
	uint64_t saved = MSTATUS_UXL | MSTATUS_UBE | MSTATUS_SEPARATE;

	if (machine.has_hypervisor)
		saved |= MSTATUS_MPV | MSTATUS_GVA;
	vcpu->payload_status = status & saved;
	vcpu->mstatus |= status & MSTATUS_MPELP;
	vcpu->mie = field_merge(IP_S_BITS, vcpu->mie, csr_read(CSR_mie));
	vcpu->satp = csr_swap(CSR_satp, 0);
	if (machine.has_senvcfg)
		vcpu->senvcfg = csr_swap(CSR_senvcfg, 0);
	csr_write(CSR_medeleg, 0);
	csr_write(CSR_mstatus, (status & STATUS_KEPT) | FIRMWARE_STATUS);
	vcpu->world = WORLD_FIRMWARE;
	csr_write(CSR_mie, transition_firmware_enables(vcpu));
	csr_write(CSR_mtvec, trap_entry_firmware);
}

/** The value of physical medeleg in the payload world. It is virtual medeleg without the causes that hv or a module has
 * to see first. */
PART_OF_FAST_PATH uint64_t payload_delegation(const struct vcpu *vcpu)
{
	uint64_t withheld = DELEGATION_KEPT | vcpu->claims;

	if (vcpu->counters_withheld)
		withheld |= 1ull << CAUSE_ILLEGAL;
	return vcpu->medeleg & ~withheld;
}

/** Sets up the hardware to run the payload in vcpu->mode (S or U), with the values that world_enter_firmware saved.
 * Leaves PMP unchanged. */
PART_OF_FAST_PATH void world_enter_payload(struct vcpu *vcpu)
{
	uint64_t guest = vcpu->mstatus & (MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR | MSTATUS_MPELP);
	uint64_t status = (csr_read(CSR_mstatus) & STATUS_KEPT) | vcpu->payload_status | guest;

	csr_write(CSR_satp, vcpu->satp);
	if (machine.has_senvcfg)
		csr_write(CSR_senvcfg, vcpu->senvcfg);
	csr_write(CSR_medeleg, payload_delegation(vcpu));
	csr_write(CSR_mie, IP_MSI | IP_MTI | (vcpu->mie & (IP_MEI | IP_S_BITS)));
	csr_write(CSR_mstatus, field_set(MSTATUS_MPP, status, vcpu->mode));
	vcpu->mstatus &= ~MSTATUS_MPELP;
	vcpu->world = WORLD_PAYLOAD;
	csr_write(CSR_mtvec, trap_entry_payload);
}

#endif
