/* Compares the table of indices with csr.def, for each of the 4096 CSR numbers. */
#include "hv/virt/csr_index.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stddef.h>

struct line {
	unsigned first, count;
	bool shown;
};

#define IS_SHOWN_MEMORY true
#define IS_SHOWN_HARDWARE true
#define IS_SHOWN_CONSTANT true
#define IS_SHOWN_CODE true
#define IS_SHOWN_HIDDEN false
static const struct line lines[] = {
#define CSR(number, name, lives) { number, 1, IS_SHOWN_##lives },
#define CSR_RANGE(first, name, count, lives) { first, count, IS_SHOWN_##lives },
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
};

/* Finds the index by going through the whole list. That is slow, but easy to see to be right. */
static unsigned expected_index(unsigned number)
{
	for (unsigned index = 0; index < CSR_INDEX_UNKNOWN; index++)
		if (lines[index].shown && number >= lines[index].first &&
		    number - lines[index].first < lines[index].count)
			return index;
	return CSR_INDEX_UNKNOWN;
}

Test(csr_index, each_csr_number_has_the_index_of_its_line_in_the_list)
{
	for (unsigned number = 0; number < 4096; number++)
		cr_expect_eq(csr_index_of(number), expected_index(number), "CSR %#x", number);
}
