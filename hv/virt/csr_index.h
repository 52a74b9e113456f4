/* The dense index of each CSR that guests see, made from abi/csr.def, and the table that maps CSR numbers to it. Used
 * by csr.c and by the fast paths. Must not know where a CSR lives, except that a hidden CSR has no index. */
#ifndef HV_VIRT_CSR_INDEX_H
#define HV_VIRT_CSR_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/config/config.h"

/** The dense index of each line of csr.def: CSR_INDEX_mscratch and so on. The CSRs that live in memory come first. */
enum csr_index {
#define CSR(number, name, lives) CSR_INDEX_##name,
#define CSR_RANGE(first, name, count, lives) CSR_INDEX_##name,
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	CSR_INDEX_UNKNOWN
};

/* csr_index_table maps a CSR number to its dense index. It consists of pages of 64 numbers. Bits 11:6 of a number
 * select its page. The table contains only the pages with a CSR that guests see, one after another. csr_page_of holds
 * the offset of each page. All other numbers share one empty page at the end of the table. */
#define CSR_PAGE_BYTES 64
#define CSR_PAGE(number) ((number) / CSR_PAGE_BYTES)

#define PAGES_MEMORY(first, last) | ((2ull << CSR_PAGE(last)) - (1ull << CSR_PAGE(first)))
#define PAGES_HARDWARE PAGES_MEMORY
#define PAGES_CONSTANT PAGES_MEMORY
#define PAGES_CODE PAGES_MEMORY
#define PAGES_HIDDEN(first, last)
#define CSR(number, name, lives) PAGES_##lives(number, number)
#define CSR_RANGE(first, name, count, lives) PAGES_##lives(first, (first) + (count)-1)
/** A set with one bit for each page. A bit is 1 if the table contains that page. */
enum {
	CSR_PAGES = 0ull
#include "abi/csr.def"
};
#undef CSR
#undef CSR_RANGE

/** The offset of the empty page in the table. */
#define CSR_EMPTY_PAGE (__builtin_popcountll(CSR_PAGES) * CSR_PAGE_BYTES)

extern const uint16_t csr_page_of[64];
extern const uint8_t csr_index_table[CSR_EMPTY_PAGE + CSR_PAGE_BYTES];

/** Maps a CSR number to its dense index, for fast paths. Pure.
 * @param number 0-4095
 * @return the dense index, or CSR_INDEX_UNKNOWN if the CSR is hidden, is not in csr.def, or is guarded by a module */
static inline unsigned csr_index_of(unsigned number)
{
	return csr_index_table[csr_page_of[CSR_PAGE(number)] + number % CSR_PAGE_BYTES];
}

/** Maps the number of a CSR that modules guard (`guards` of hv_module) to its dense index. Pure.
 * @param number 0-4095
 * @return the dense index, or CSR_INDEX_UNKNOWN for every other number */
PART_OF_FAST_PATH unsigned csr_guarded_index_of(unsigned number)
{
#define GUARD(name, first, last)                                                                                       \
	if (number >= (first) && number <= (last))                                                                     \
		return CSR_INDEX_##name;
	CONFIG_GUARDS(GUARD)
#undef GUARD
	(void)number;
	return CSR_INDEX_UNKNOWN;
}

/** Whether a module guards CSR @p number (0-4095). Pure. In images without guarded CSRs, the compiler knows that it is
 * false. */
PART_OF_FAST_PATH bool csr_is_guarded(unsigned number)
{
	return CONFIG_GUARDED && csr_guarded_index_of(number) != CSR_INDEX_UNKNOWN;
}

#endif
