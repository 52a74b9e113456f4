/* Accesses to guest memory at virtual addresses, and the check of whole regions of memory (hv/module/api.h has the
 * contracts). MPRV gives an access the rights and the translation of the guest, and a guard returns its fault. */
#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/core/core.h"
#include "hv/virt/machine.h"

extern const struct hartscope_image hv_image;

/* The width of the next access: the largest that is aligned and not longer than what is left. */
static unsigned next_width(uint64_t address, size_t left)
{
	unsigned width = 8;

	while (width > left || address % width != 0)
		width /= 2;
	return width;
}

static MUST_CHECK enum error read_bytes(uint64_t status, uint8_t *to, uint64_t address, size_t length)
{
	for (size_t done = 0; done < length;) {
		unsigned width = next_width(address + done, length - done);
		uint64_t value;

		RETURN_IF_ERROR(guarded_load(status, address + done, width, &value));
		for (unsigned i = 0; i < width; i++)
			to[done++] = (uint8_t)(value >> 8 * i);
	}
	return ERROR_NONE;
}

static MUST_CHECK enum error write_bytes(uint64_t status, uint64_t address, const uint8_t *from, size_t length)
{
	for (size_t done = 0; done < length;) {
		unsigned width = next_width(address + done, length - done);
		uint64_t value = 0;

		for (unsigned i = 0; i < width; i++)
			value |= (uint64_t)from[done + i] << 8 * i;
		RETURN_IF_ERROR(guarded_store(status, address + done, width, value));
		done += width;
	}
	return ERROR_NONE;
}

/* Copies from the guest to @p to, or from @p from to the guest. In both worlds, mstatus.MPP has the guest's mode. */
static MUST_CHECK enum error copy_virtual(struct vcpu *vcpu, void *to, const void *from, uint64_t address,
					  size_t length)
{
	uint64_t status = csr_read(CSR_mstatus) | MSTATUS_MPRV;
	enum pmp_view view = vcpu->pmp.current;
	enum error error;

	/* The view of the world, because in a hook for world switches it may not be in force yet. The firmware's rights are
	 * those of its own accesses, not of those under MPRV. */
	pmp_install(vcpu, vcpu->world == WORLD_PAYLOAD ? PMP_VIEW_PAYLOAD : PMP_VIEW_FIRMWARE);
	error = to ? read_bytes(status, to, address, length) : write_bytes(status, address, from, length);
	if (error)
		vcpu->fault = (struct fault){ csr_read(CSR_mcause), csr_read(CSR_mtval) };
	pmp_install(vcpu, view);
	return error;
}

enum error guest_read(struct vcpu *vcpu, void *to, uint64_t address, size_t length)
{
	return copy_virtual(vcpu, to, NULL, address, length);
}

enum error guest_write(struct vcpu *vcpu, uint64_t address, const void *from, size_t length)
{
	return copy_virtual(vcpu, NULL, from, address, length);
}

/* The firmware's region, which the configuration gives a size. */
static struct memory_range firmware_region(void)
{
	return (struct memory_range){ hv_image.firmware, CONFIG_FIRMWARE_SIZE };
}

void *guest_memory(uint64_t address, uint64_t length)
{
	struct memory_range range = { address, length };

	if (length == 0 || address + length - 1 < address || memory_behind(address) < length)
		return NULL;
	if (ranges_overlap(range, firmware_region()) ||
	    pmp_modules_overlap(&hart_current()->vcpu, address, address + length - 1) ||
	    pmp_splits_doubleword(&hart_current()->vcpu, address, address + length - 1))
		return NULL;
	return (void *)address;
}
