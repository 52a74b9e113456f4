/* The table that maps CSR numbers to lines of abi/csr.def. The compiler computes the whole table from that list. To add
 * a CSR, it is enough to add a line to the list, even if the number of the CSR is far from all other numbers. */
#include "hv/virt/csr_index.h"

/* The offset of page @p page of CSR numbers in csr_index_table. */
#define PAGE_OFFSET(page)                                                                                              \
	(CSR_PAGES >> (page)&1 ? __builtin_popcountll(CSR_PAGES & ((1ull << (page)) - 1)) * CSR_PAGE_BYTES             \
			       : CSR_EMPTY_PAGE)
#define TABLE_INDEX(number) (PAGE_OFFSET(CSR_PAGE(number)) + (number) % CSR_PAGE_BYTES)

#define PAGES_4(page) PAGE_OFFSET(page), PAGE_OFFSET((page) + 1), PAGE_OFFSET((page) + 2), PAGE_OFFSET((page) + 3)
#define PAGES_16(page) PAGES_4(page), PAGES_4((page) + 4), PAGES_4((page) + 8), PAGES_4((page) + 12)
const uint16_t csr_page_of[64] = { PAGES_16(0), PAGES_16(16), PAGES_16(32), PAGES_16(48) };

#define SHOWN_MEMORY(first, name, count) [TABLE_INDEX(first)... TABLE_INDEX(first) + (count)-1] = CSR_INDEX_##name,
#define SHOWN_HARDWARE SHOWN_MEMORY
#define SHOWN_CONSTANT SHOWN_MEMORY
#define SHOWN_CODE SHOWN_MEMORY
#define SHOWN_HIDDEN(first, name, count)

/* The fast tier does not know guarded CSRs, so that all other CSRs keep their fast paths as they are. */
#define GUARDED(name, first, last) , [TABLE_INDEX(first)... TABLE_INDEX(first) + (last) - (first)] = CSR_INDEX_UNKNOWN

/* The first line sets all elements to a default. The lines of csr.def then override some of them, which GCC would
 * warn about. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const uint8_t csr_index_table[CSR_EMPTY_PAGE + CSR_PAGE_BYTES] = {
	[0 ... CSR_EMPTY_PAGE + CSR_PAGE_BYTES - 1] = CSR_INDEX_UNKNOWN,
#define CSR(number, name, lives) SHOWN_##lives(number, name, 1)
#define CSR_RANGE(first, name, count, lives) SHOWN_##lives(first, name, count)
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	[CSR_EMPTY_PAGE] = CSR_INDEX_UNKNOWN CONFIG_GUARDS(GUARDED),
};
#pragma GCC diagnostic pop
