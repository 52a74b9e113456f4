/* Calls the hook access_denied of the module whose PMP entry has denied an access of a guest. An access fault does not say
 * why the access was denied. So this file finds the physical address of the access as the guest's hardware did, and looks
 * for the entry that decided. If the guest could not even read its page table, the access to the table is reported. */
#include "hv/core/core.h"
#include "hv/virt/machine.h"

#define PAGE_LAST 0xfffull
#define PTE_BYTES 8

/* An access that may have been denied. */
struct attempt {
	uint64_t address; /* physical */
	unsigned width;   /* bytes */
	enum pmp_access access;
};

/* The module that owns physical PMP entry @p entry. */
static unsigned owner_of(unsigned entry)
{
	static const uint8_t first[] = MODULE_PMP_FIRST, count[] = MODULE_PMP_COUNT;
	unsigned module = 0;

	while (entry - PMP_ENTRY_MODULES - first[module] >= count[module])
		module++;
	return module;
}

/* Finds the access behind an access fault. Returns false if it cannot be found. */
static bool find_attempt(struct vcpu *vcpu, uint64_t cause, uint64_t address, unsigned width, struct attempt *attempt)
{
	*attempt = (struct attempt){ address, width ? width : 1, PMP_ACCESS_EXECUTE };
	if (cause == CAUSE_FETCH_ACCESS) {
		attempt->width = sizeof(uint16_t); /* mtval has the address of the halfword that could not be fetched */
		if (vcpu->world == WORLD_FIRMWARE) /* MPRV does not apply to fetches */
			return true;
	} else {
		attempt->access = cause == CAUSE_LOAD_ACCESS ? PMP_ACCESS_READ : PMP_ACCESS_WRITE;
	}

	uint64_t value = vcpu->trap.value;

	vcpu->trap.value = address; /* it may differ, for example if only the second part of an access has faulted */

	enum error error = device_address(vcpu, &attempt->address);

	vcpu->trap.value = value;
	if (error == ERROR_TRAPPED || error == ERROR_DENIED)
		*attempt = (struct attempt){ attempt->address, PTE_BYTES, PMP_ACCESS_READ };
	return error != ERROR_UNSUPPORTED && error != ERROR_NOT_FOUND;
}

void denied_report(struct hart *hart, uint64_t cause, uint64_t address, unsigned width)
{
	struct vcpu *vcpu = &hart->vcpu;
	struct attempt attempt;

	if (cause != CAUSE_FETCH_ACCESS && cause != CAUSE_LOAD_ACCESS && cause != CAUSE_STORE_ACCESS)
		return;
	if (!find_attempt(vcpu, cause, address, width, &attempt))
		return;

	/* If an access crosses a page, mtval has the address in the page that caused the fault. */
	uint64_t last = attempt.address + attempt.width - 1, page = attempt.address | PAGE_LAST;
	unsigned entry = pmp_denying_entry(vcpu, attempt.address, last < page ? last : page, attempt.access,
					   vcpu->world == WORLD_PAYLOAD ? PMP_VIEW_PAYLOAD : PMP_VIEW_FIRMWARE);

	if (entry == 0)
		return;
	dispatch_access_denied(&hart->modules, hart, vcpu, attempt.address, attempt.access, owner_of(entry));
	if (vcpu->pmp.address_changed)
		pmp_install(vcpu, vcpu->pmp.current);
}
