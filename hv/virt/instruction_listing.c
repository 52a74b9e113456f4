/* Prints how hv's decoder reads instructions, so that a test can compare it with another disassembler.
 * Input: instructions, 4 bytes each. Output: one line for each instruction with the fields
 * kind length rd rs1 rs2 width signed float immediate operation csr offset. */
#include <stdio.h>

#include "hv/virt/instruction.h"

int main(void)
{
	uint32_t word;

	while (fread(&word, sizeof(word), 1, stdin) == 1) {
		struct instruction i = instruction_decode(word);

		printf("%d %u %u %u %u %u %d %d %d %u %u %d\n", i.kind, i.length, i.rd, i.rs1, i.rs2, i.width,
		       i.is_signed, i.is_float, i.csr_immediate, i.operation, i.csr, i.offset);
	}
	return 0;
}
