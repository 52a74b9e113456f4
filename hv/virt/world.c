/* World switch. mstatus is written once, whole: a WARL field that passes through an illegal value is ignored
 * (semantics 20). */
#include "hv/virt/world.h"

#include "hv/arch/csr.h"
#include "hv/arch/entry.h"
#include "hv/virt/machine.h"
#include "hv/virt/vcpu.h"

/* What the firmware world's mstatus has beside the fields that stay: MPP = U, MPV = MPRV = 0, TW = 1, UXL = 64. */
#define FIRMWARE_STATUS (MSTATUS_TW | field_set(MSTATUS_UXL, 0, XLEN_64))
#define STATUS_KEPT (MSTATUS_HARDWARE | MSTATUS_SBE | MSTATUS_MBE | MSTATUS_SXL)

/* Causes that never go to S physically in the payload world: access faults may be hv's devices (semantics 16). */
#define DELEGATION_KEPT (1ull << CAUSE_FETCH_ACCESS | 1ull << CAUSE_LOAD_ACCESS | 1ull << CAUSE_STORE_ACCESS)

void world_enter_firmware(struct vcpu *vcpu)
{
	uint64_t status = csr_read(CSR_mstatus);
	uint64_t saved = MSTATUS_UXL | MSTATUS_UBE;

	if (machine.has_hypervisor)
		saved |= MSTATUS_MPV | MSTATUS_GVA;
	vcpu->payload_status = status & saved;
	vcpu->mstatus |= status & MSTATUS_MPELP;
	vcpu->mie = field_merge(IP_S_BITS, vcpu->mie, csr_read(CSR_mie));
	vcpu->satp = csr_swap(CSR_satp, 0);
	if (machine.has_senvcfg)
		vcpu->senvcfg = csr_swap(CSR_senvcfg, 0);
	if (machine.has_medeleg)
		csr_write(CSR_medeleg, 0);
	csr_write(CSR_mstatus, (status & STATUS_KEPT) | FIRMWARE_STATUS);
	vcpu->world = WORLD_FIRMWARE;
	vcpu_update_interrupt_enables(vcpu);
	trap_vector_set(trap_entry_firmware);
}

static uint64_t payload_delegation(const struct vcpu *vcpu)
{
	uint64_t withheld = DELEGATION_KEPT | vcpu->claims;

	if (vcpu->counters_withheld)
		withheld |= 1ull << CAUSE_ILLEGAL;
	return vcpu->medeleg & ~withheld;
}

void world_enter_payload(struct vcpu *vcpu)
{
	uint64_t guest = vcpu->mstatus & (MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR | MSTATUS_MPELP);
	uint64_t status = (csr_read(CSR_mstatus) & STATUS_KEPT) | vcpu->payload_status | guest;

	csr_write(CSR_satp, vcpu->satp);
	if (machine.has_senvcfg)
		csr_write(CSR_senvcfg, vcpu->senvcfg);
	if (machine.has_medeleg)
		csr_write(CSR_medeleg, payload_delegation(vcpu));
	csr_write(CSR_mie, IP_MSI | IP_MTI | (vcpu->mie & (IP_MEI | IP_S_BITS)));
	csr_write(CSR_mstatus, field_set(MSTATUS_MPP, status, vcpu->mode));
	vcpu->mstatus &= ~MSTATUS_MPELP;
	vcpu->world = WORLD_PAYLOAD;
	trap_vector_set(trap_entry_payload);
}
