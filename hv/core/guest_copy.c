/* Copies between hv and physical guest memory, with the rights of the guest that runs (hv/module/api.h has the
 * contracts). Each access is guarded against faults. hv sets mstatus.MPRV for the access, so that the hardware applies
 * the guest's mode and its PMP entries. satp is 0 during the copy, because the addresses are physical. If an address is
 * in hv's own memory, hv refuses the copy before it accesses that address. */
#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/module/api.h"
#include "hv/virt/machine.h"

/* Copies one byte with the rights of the guest that runs. In both worlds, mstatus.MPP holds the mode of that guest. */
static MUST_CHECK enum error copy_byte(uint64_t status, uint64_t address, uint8_t *byte, bool out)
{
	uint64_t value = *byte;

	if (!memory_is_guests(address))
		return ERROR_DENIED;
	if (out)
		return guarded_store(status, address, 1, value);

	enum error error = guarded_load(status, address, 1, &value);

	*byte = (uint8_t)value;
	return error;
}

/* Copies doublewords while both addresses are aligned, which makes READ of trace slots faster. hv's memory begins at a
 * multiple of 8, so a doubleword never lies partly in it. @return the number of bytes copied. The caller copies the
 * remaining bytes one by one. */
static size_t copy_doublewords(uint64_t status, uint64_t address, const uint8_t *bytes, size_t length)
{
	const uint64_t *words = (const uint64_t *)bytes;
	size_t done = 0;

	if ((address | (uintptr_t)bytes) % sizeof(*words))
		return 0;
	while (length - done >= sizeof(*words) && memory_is_guests(address + done) &&
	       guarded_store(status, address + done, sizeof(*words), words[done / sizeof(*words)]) == ERROR_NONE)
		done += sizeof(*words);
	return done;
}

static MUST_CHECK enum error copy_bytes(struct vcpu *vcpu, uint8_t *bytes, uint64_t address, size_t length, bool out)
{
	enum pmp_view view = vcpu->pmp.current;
	uint64_t status = (csr_read(CSR_mstatus) & ~MSTATUS_MPV) | MSTATUS_MPRV;
	uint64_t satp = csr_swap(CSR_satp, 0);
	enum error error = ERROR_NONE;

	pmp_install(vcpu, view == PMP_VIEW_MPRV ? PMP_VIEW_FIRMWARE : view);
	for (size_t i = out ? copy_doublewords(status, address, bytes, length) : 0; !error && i < length; i++)
		error = copy_byte(status, address + i, bytes + i, out);
	pmp_install(vcpu, view);
	csr_write(CSR_satp, satp);
	return error;
}

enum error guest_copy_in(struct vcpu *vcpu, void *to, uint64_t address, size_t length)
{
	return copy_bytes(vcpu, to, address, length, false);
}

enum error guest_copy_out(struct vcpu *vcpu, uint64_t address, const void *from, size_t length)
{
	return copy_bytes(vcpu, (uint8_t *)(uintptr_t)from, address, length, true);
}
