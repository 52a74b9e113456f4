/* Builds the page tables. The root table maps the first 4 GiB of virtual addresses to the same physical addresses, in
 * gigapages. Another entry of the root table points to a second table, and an entry of the second table points to a
 * third table. The third table maps the pages of the window. */
#include "payloads/runtime/page.h"

#include "payloads/runtime/csr.h"

#define ENTRIES 512
#define GIGABYTE UINT64_C(0x40000000)

static volatile uint64_t root[ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t middle[ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t window[ENTRIES] __attribute__((aligned(PAGE_SIZE)));

static uint64_t entry(uint64_t physical, uint64_t flags)
{
	return physical >> 12 << 10 | flags;
}

uint64_t page_identity(uint64_t flags)
{
	for (unsigned i = 0; i < ENTRIES; i++)
		root[i] = middle[i] = window[i] = 0;
	for (unsigned i = 0; i < 4; i++)
		root[i] = entry(i * GIGABYTE, flags);
	root[PAGE_WINDOW / GIGABYTE] = entry((uint64_t)middle, PTE_V);
	middle[0] = entry((uint64_t)window, PTE_V);
	return SATP_SV39 | (uint64_t)root >> 12;
}

uint64_t page_set(unsigned index, uint64_t physical, uint64_t flags)
{
	window[index] = flags ? entry(physical, flags) : 0;
	return PAGE_WINDOW + index * (uint64_t)PAGE_SIZE;
}

uint64_t page_entry(unsigned index)
{
	return window[index];
}

void page_set_gigapage(unsigned index, uint64_t physical, uint64_t flags)
{
	root[index] = entry(physical, flags);
}

void page_set_table(unsigned index, uint64_t table)
{
	root[index] = entry(table, PTE_V);
}
