/* Builds page tables of Sv39: a root table, and for the window two tables below it. */
#include "payloads/random_programs/pages.h"

#include "payloads/runtime/page.h"

#define ENTRIES 512
#define GIGAPAGES 4
#define GIGABYTE UINT64_C(0x40000000)

enum level { ROOT, MIDDLE, WINDOW };

extern volatile uint64_t page_tables[3][ENTRIES];

static uint64_t entry(uint64_t physical, uint64_t flags)
{
	return physical >> 12 << 10 | flags;
}

uint64_t pages_root(void)
{
	return (uint64_t)page_tables[ROOT] >> 12;
}

void pages_set(const struct program *program)
{
	for (unsigned i = 0; i < GIGAPAGES; i++)
		page_tables[ROOT][i] = entry(i * GIGABYTE, program->identity);
	page_tables[ROOT][PAGE_WINDOW / GIGABYTE] = entry((uint64_t)page_tables[MIDDLE], PTE_V);
	page_tables[MIDDLE][0] = entry((uint64_t)page_tables[WINDOW], PTE_V);
	for (unsigned i = 0; i < PROGRAM_PAGES; i++)
		page_tables[WINDOW][i] =
			entry((uint64_t)arena + (program->page[i] >> 8) * PAGE_SIZE, program->page[i] & 0xff);
}

uint64_t pages_entry(unsigned index)
{
	return page_tables[WINDOW][index];
}
