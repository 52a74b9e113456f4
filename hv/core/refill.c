/* Handles access faults that a machine with few PMP entries causes. hv's entries then may deny what virtual PMP allows. hv
 * finds the physical address as the hardware did, loads the page tables' ranges on the way, and then the range of the access
 * itself (pmp_few_load). The guest makes the access again. If the next fault is for another part of the same
 * instruction, that part is loaded, too. */
#define LOG_NAME hv_core
#include "hv/arch/csr.h"
#include "hv/core/core.h"
#include "hv/log/log.h"
#include "hv/virt/machine.h"
#include "hv/virt/upcalls.h"

#define PAGE_LAST 0xfffull

static enum pmp_access access_of(uint64_t cause)
{
	switch (cause) {
	case CAUSE_FETCH_ACCESS:
		return PMP_ACCESS_EXECUTE;
	case CAUSE_LOAD_ACCESS:
		return PMP_ACCESS_READ;
	default:
		return PMP_ACCESS_WRITE;
	}
}

/* Translates the guest's @p address. A page table's range that is missing is loaded meanwhile. */
static MUST_CHECK enum error translate_for_guest(struct vcpu *vcpu, uint64_t address, uint64_t *physical)
{
	uint64_t value = vcpu->trap.value;

	vcpu->trap.value = address;

	enum error error = device_address(vcpu, physical);

	vcpu->trap.value = value;
	return error;
}

static bool load_range(struct vcpu *vcpu, uint64_t cause, uint64_t address, unsigned width)
{
	bool direct = vcpu->world == WORLD_FIRMWARE && (!vcpu->mprv_armed || cause == CAUSE_FETCH_ACCESS);
	uint64_t physical = address, before = pmp_few_of(&vcpu->pmp)->total;
	uint64_t satp = vcpu->world == WORLD_FIRMWARE ? vcpu->satp : csr_read(CSR_satp);

	if (!direct && translate_for_guest(vcpu, address, &physical) != ERROR_NONE)
		return false;

	uint64_t last = physical + width - 1, page = physical | PAGE_LAST;

	/* If an access crosses a page, its second part has an address of its own, and the hardware checks it separately. */
	if (!direct && field_get(SATP_MODE, satp) != SATP_BARE && last > page)
		last = page;

	bool loaded = pmp_few_load(vcpu, physical, last, access_of(cause), direct);

	return loaded || pmp_few_of(&vcpu->pmp)->total != before;
}

bool vcpu_refill(struct vcpu *vcpu, uint64_t cause, uint64_t address, unsigned width)
{
	if (cause != CAUSE_FETCH_ACCESS && cause != CAUSE_LOAD_ACCESS && cause != CAUSE_STORE_ACCESS)
		return false;
	if (load_range(vcpu, cause, address, width))
		return true;
	if (pmp_few_is_stuck(vcpu))
		log_error(
			"the instruction at 0x%lx needs more PMP entries at once than hv has (%u of %u): raise pmp_limit",
			vcpu->pc, machine.pmp_used - 1 - vcpu->pmp.first_virtual, machine.pmp_used);
	csr_write(CSR_mcause, cause);
	csr_write(CSR_mtval, address);
	return false;
}

/* The number of bytes of the access from vcpu->trap.value on. */
static unsigned width_of_trap(struct vcpu *vcpu)
{
	if (vcpu->trap.cause == CAUSE_FETCH_ACCESS)
		return sizeof(uint16_t); /* mtval has the address of the halfword that could not be fetched */
	if (vcpu_fault_instruction(vcpu) != ERROR_NONE)
		return 1;

	struct instruction instruction = instruction_decode(vcpu->trap.instruction);
	uint64_t address = vcpu_reg(vcpu, instruction.rs1) + (uint64_t)(int64_t)instruction.offset;
	uint64_t done = vcpu->trap.value - address;

	return done < instruction.width ? instruction.width - (unsigned)done : 1;
}

bool refill(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;

	return vcpu_refill(vcpu, vcpu->trap.cause, vcpu->trap.value, width_of_trap(vcpu));
}
