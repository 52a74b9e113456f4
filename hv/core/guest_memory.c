/* The check of regions of guest memory to which a module wants direct access (hv/module/api.h has the contract). */
#include "hv/core/core.h"
#include "hv/virt/machine.h"

extern const struct hartscope_image hv_image;

/* The firmware's region, which the configuration gives a size. */
static struct memory_range firmware_region(void)
{
	return (struct memory_range){ hv_image.firmware, CONFIG_FIRMWARE_SIZE };
}

void *guest_memory(uint64_t address, uint64_t length)
{
	const struct vcpu *vcpu = &hart_current()->vcpu;
	enum pmp_view view = vcpu->world == WORLD_FIRMWARE ? PMP_VIEW_FIRMWARE : PMP_VIEW_PAYLOAD;
	struct memory_range range = { address, length };

	if (length == 0 || address + length - 1 < address || memory_behind(address) < length)
		return NULL;
	if (ranges_overlap(range, firmware_region()) || pmp_modules_close(vcpu, view, address, address + length - 1) ||
	    pmp_splits_doubleword(vcpu, address, address + length - 1))
		return NULL;
	return (void *)address;
}
