/* Prints the tables of hv/virt/csr_index.c with all their elements, as C. The proofs use these tables, because CBMC sets
 * only the first element of a range of a designated initializer ([0 ... 3] = 1). */
#include <stdio.h>

#include "hv/virt/csr_index.h"

int main(void)
{
	printf("#include \"hv/virt/csr_index.h\"\n\nconst uint16_t csr_page_of[] = {");
	for (unsigned i = 0; i < sizeof(csr_page_of) / sizeof(csr_page_of[0]); i++)
		printf(" %u,", csr_page_of[i]);
	printf(" };\nconst uint8_t csr_index_table[] = {");
	for (unsigned i = 0; i < sizeof(csr_index_table); i++)
		printf(" %u,", csr_index_table[i]);
	printf(" };\n");
	return 0;
}
