/* The table of harts, and the functions by which core and modules look harts up. fdt.c fills in the table while it
 * reads the device tree. All of hv uses a hart's position in the table as the index of the hart. */
#include "hv/core/hart.h"

#include "hv/module/api.h"

/* Boot does not zero this table: fdt.c zeroes the entry of each hart that the device tree names. */
struct hart harts[CONFIG_MAX_HARTS] __attribute__((section(".noinit")));
WRITTEN_AT_BOOT unsigned hart_count;

/* On most machines, hart n has index n, so the function tries this index first. */
struct hart *hart_from_id(uint64_t id)
{
	if (id < hart_count && harts[id].id == id)
		return &harts[id];
	for (unsigned i = 0; i < hart_count; i++)
		if (harts[i].id == id)
			return &harts[i];
	return NULL;
}

uint64_t hart_id(const struct hart *hart)
{
	return hart->id;
}

unsigned hart_index(const struct hart *hart)
{
	return hart->index;
}

unsigned hart_total(void)
{
	return hart_count;
}

struct hart_set hart_set_all(void)
{
	struct hart_set set = { 0 };

	for (unsigned i = 0; i < hart_count; i++)
		hart_set_add(&set, i);
	return set;
}

struct hart *hart_at(unsigned index)
{
	struct hart *hart = &harts[index];

	/* Without this statement, gcc 12 keeps an address in `harts` for each member that a loop uses, and a fast path has
	 * too few registers for that. */
	__asm__("" : "+r"(hart));
	return hart;
}

/* Works because the state of a module lies at the same offset in each struct hart. */
const void *module_state_at(const void *self, unsigned index)
{
	uintptr_t offset = ((uintptr_t)self - (uintptr_t)harts) % sizeof(struct hart);

	return (const uint8_t *)&harts[index] + offset;
}
