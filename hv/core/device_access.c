/* Emulates guest accesses to hv's devices, which arrive as access faults: the CLINT that the firmware sees, and
 * the reset device. It translates the address as the guest's hardware would, finds the device, checks virtual PMP, and
 * then carries out the access. The guest itself takes all other faults. */
#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/core/core.h"
#include "hv/device/reset.h"
#include "hv/device/vclint.h"
#include "hv/device/vplic.h"
#include "hv/virt/machine.h"

/* ---- the payload's addresses ---- */

#define PTE_V FIELD(0, 1)
#define PTE_R FIELD(1, 1)
#define PTE_X FIELD(3, 1)
#define PTE_PPN FIELD(10, 44)
#define PTE_N FIELD(63, 1) /* Svnapot: the page has 64 KiB, encoded in the low bits of PPN */
#define PTE_BYTES 8
#define NAPOT_BITS 4
#define PAGE_SHIFT 12
#define LEVEL_BITS 9

static unsigned levels_of(uint64_t satp)
{
	switch (field_get(SATP_MODE, satp)) {
	case SATP_SV39:
		return 3;
	case SATP_SV48:
		return 4;
	case SATP_SV57:
		return 5;
	default:
		return 0;
	}
}

/* Reads an entry of a page table while mstatus is @p status. A table in hv's memory or in a device is not read: a read of
 * a device may have an effect. */
static MUST_CHECK enum error read_table(uint64_t status, uint64_t address, uint64_t *entry)
{
	if (!memory_is_guests(address))
		return ERROR_DENIED;

	enum error error = guarded_load(status, address, PTE_BYTES, entry);

	if (CONFIG_PMP_FEW && error &&
	    pmp_few_load(&hart_current()->vcpu, address, address + PTE_BYTES - 1, PMP_ACCESS_READ, false))
		error = guarded_load(status, address, PTE_BYTES, entry);
	return error;
}

/* Walks the page tables of @p satp while mstatus is @p status (4.3.2). */
static MUST_CHECK enum error walk(uint64_t status, uint64_t satp, uint64_t address, uint64_t *physical)
{
	uint64_t table = field_get(SATP_PPN, satp) << PAGE_SHIFT;
	unsigned level = levels_of(satp);

	while (level-- > 0) {
		unsigned shift = PAGE_SHIFT + LEVEL_BITS * level;
		uint64_t entry, offset = (address >> shift) % (1u << LEVEL_BITS) * PTE_BYTES;

		if (HAVE_HOOK_access_denied)
			*physical = table + offset;
		RETURN_IF_ERROR(read_table(status, table + offset, &entry));
		if (!(entry & PTE_V))
			return ERROR_NOT_FOUND;
		table = field_get(PTE_PPN, entry) << PAGE_SHIFT;
		if (entry & (PTE_R | PTE_X)) {
			if (entry & PTE_N)
				shift += NAPOT_BITS;
			*physical = field_merge((1ull << shift) - 1, table, address);
			return ERROR_NONE;
		}
	}
	return ERROR_NOT_FOUND;
}

/* Translates S-mode's @p address to a physical one with the page tables of @p satp. hv reads the tables as the hardware
 * does, with the rights of S-mode (3.7.1): MPRV gives hv these rights, so virtual PMP and the modules' entries apply.
 * @return ERROR_NOT_FOUND if the tables do not map the address, or the error that prevented hv from reading the tables. In
 * images with the hook access_denied, @p physical is then the address of the table's entry. */
static MUST_CHECK enum error translate(struct vcpu *vcpu, uint64_t satp, uint64_t address, uint64_t *physical)
{
	enum pmp_view view = vcpu->pmp.current;
	uint64_t status = field_set(MSTATUS_MPP, csr_read(CSR_mstatus) & ~MSTATUS_MPV, MODE_SUPERVISOR) | MSTATUS_MPRV;

	*physical = address;
	if (field_get(SATP_MODE, satp) == SATP_BARE)
		return ERROR_NONE;

	uint64_t in_force = csr_swap(CSR_satp, 0);

	pmp_install(vcpu, vcpu->world == WORLD_PAYLOAD ? PMP_VIEW_PAYLOAD : PMP_VIEW_REDIRECTED);

	enum error error = walk(status, satp, address, physical);

	pmp_install(vcpu, view);
	csr_write(CSR_satp, in_force);
	return error;
}

/* ---- the devices ---- */

enum error device_address(struct vcpu *vcpu, uint64_t *physical)
{
	if (vcpu->world == WORLD_PAYLOAD)
		return csr_read(CSR_mstatus) & MSTATUS_MPV
			       ? ERROR_UNSUPPORTED
			       : translate(vcpu, csr_read(CSR_satp), vcpu->trap.value, physical);
	if (vcpu->mprv_armed)
		return vcpu->payload_status & MSTATUS_MPV ? ERROR_UNSUPPORTED
							  : translate(vcpu, vcpu->satp, vcpu->trap.value, physical);
	*physical = vcpu->trap.value;
	return ERROR_NONE;
}

/* Carries out an access to the reset device. @return ERROR_UNSUPPORTED or ERROR_TRAPPED if the device does not allow it */
static MUST_CHECK enum error reset_access(struct hart *hart, struct access *access)
{
	uint64_t status = csr_read(CSR_mstatus);

	if (access->amo || access->address % access->width != 0)
		return ERROR_UNSUPPORTED;
	if (!access->store)
		return guarded_load(status, access->address, access->width, &access->value);

	bool ends = reset_ends_run(access->address, access->width, access->value);

	if (ends)
		shutdown_run(hart, HARTSCOPE_SHUT_DOWN);
	RETURN_IF_ERROR(guarded_store(status, access->address, access->width, access->value));
	if (ends)
		shutdown_wait(); /* the other harts have stopped, and the trace is complete */
	return ERROR_NONE;
}

static bool is_permitted(struct vcpu *vcpu, const struct access *access)
{
	unsigned wanted =
		access->amo ? PMP_ACCESS_READ | PMP_ACCESS_WRITE : (access->store ? PMP_ACCESS_WRITE : PMP_ACCESS_READ);

	if (vcpu->world == WORLD_FIRMWARE && !vcpu->mprv_armed)
		return pmp_lets_machine_access(vcpu, access->address, access->width, (enum pmp_access)wanted);
	return pmp_allows(vcpu, access->address, access->width, (enum pmp_access)wanted, false);
}

/* Whether hv serves a PLIC at physical @p address: to the firmware, if a module has closed it. */
static bool plic_serves(const struct vcpu *vcpu, uint64_t address)
{
	return CONFIG_PLIC && vcpu->world == WORLD_FIRMWARE && !vcpu->mprv_armed && vplic_contains(address);
}

bool device_access_by(struct hart *hart, const struct instruction *instruction)
{
	struct vcpu *vcpu = &hart->vcpu;
	struct access access;
	uint64_t physical;

	if (device_address(vcpu, &physical) != ERROR_NONE)
		return false;

	bool is_clint = vclint_contains(physical), is_plic = plic_serves(vcpu, physical);

	if (!is_clint && !is_plic && !reset_contains(physical))
		return false;
	if (access_decode(vcpu, instruction, physical, &access) != ERROR_NONE || !is_permitted(vcpu, &access))
		return false;

	enum error error;

	if (is_plic)
		error = vplic_access(vcpu, atomic_load_explicit(&hart->state, memory_order_relaxed) >= HART_STARTED,
				     &access);
	else
		error = is_clint ? vclint_access(&access) : reset_access(hart, &access);
	if (error != ERROR_NONE) {
		/* The faulting byte is not always the first one of the access. */
		vcpu->trap.value += access.address - physical;
		return false;
	}
	access_complete(vcpu, instruction, &access);
	return true;
}

bool device_access(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;
	uint64_t physical;

	if (device_address(vcpu, &physical) != ERROR_NONE || !(vclint_contains(physical) || reset_contains(physical)))
		return false;
	if (vcpu_fault_instruction(vcpu) != ERROR_NONE)
		return false;

	struct instruction instruction = instruction_decode(vcpu->trap.instruction);

	return device_access_by(hart, &instruction);
}

static bool is_access_fault(uint64_t cause)
{
	return cause == CAUSE_LOAD_ACCESS || cause == CAUSE_STORE_ACCESS;
}

bool firmware_access(struct hart *hart, const struct instruction *instruction)
{
	struct vcpu *vcpu = &hart->vcpu;

	if (!vcpu->mprv_armed) {
		if (device_access_by(hart, instruction) || (CONFIG_PMP_FEW && refill(hart)))
			return true;
		denied_note(hart, vcpu->trap.cause, vcpu->trap.value, instruction->width);
		vcpu_take_trap(vcpu, vcpu->trap.cause, vcpu->trap.value);
		return false;
	}
	if (emulate_mprv(vcpu, instruction) != EMULATION_FAULT)
		return true;
	/* The translated address may belong to one of hv's devices. */
	if (is_access_fault(vcpu->fault.cause) && vcpu->fault.value == vcpu->trap.value &&
	    device_access_by(hart, instruction))
		return true;
	denied_note(hart, vcpu->fault.cause, vcpu->fault.value, instruction->width);
	vcpu_take_trap(vcpu, vcpu->fault.cause, vcpu->fault.value);
	return false;
}
