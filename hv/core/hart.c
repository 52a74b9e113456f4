/* The table of harts, and what core and modules look up in it. fdt.c fills it in as it reads the device tree: a hart's place
 * in the table is its index everywhere. */
#include "hv/core/hart.h"

#include "hv/module/api.h"

/* Not zeroed with the image: fdt.c zeroes each hart that the device tree names. */
struct hart harts[CONFIG_MAX_HARTS] __attribute__((section(".noinit")));
WRITTEN_AT_BOOT unsigned hart_count;

/* On most machines hart n has index n. */
struct hart *hart_by_id(uint64_t id)
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
	return &harts[index];
}

/* A module's states lie one struct hart apart. */
const void *module_state_at(const void *self, unsigned index)
{
	uintptr_t offset = ((uintptr_t)self - (uintptr_t)harts) % sizeof(struct hart);

	return (const uint8_t *)&harts[index] + offset;
}
