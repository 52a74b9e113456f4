/* Proof: for each of the 2^32 words, instruction_decode returns kind, length, registers, width, extension and offset as
 * in the manual's listings (spec_instruction.h), no word is two instructions of the table, and instruction_decode_plain
 * agrees with instruction_decode wherever it decodes.
 * Bound: none; loops have a constant number of rounds.
 * Stubs: none. Assumptions: none. */
#include "hv/proofs/decoded.h"
#include "hv/proofs/proof.h"
#include "hv/proofs/spec_instruction.h"
#include "hv/virt/instruction.h"

int main(void)
{
	uint32_t word = nondet_u32();
	struct instruction decoded = instruction_decode(word), plain;
	unsigned matching = 0;

	for (unsigned i = 0; i < SPEC_INSTRUCTIONS; i++) {
		const struct spec_instruction row = spec_instructions[i]; /* CBMC reads the table once */

		if (!spec_matches(&row, word))
			continue;
		matching++;
		prove(decoded_same(decoded, decoded_as_specified(&row, word)),
		      "an instruction is decoded as specified");
	}
	prove(matching <= 1, "no word is two instructions of the table");
	if (matching == 0)
		prove(decoded_same(decoded, (struct instruction){ .length = (word & 3) == 3 ? 4 : 2 }),
		      "a word outside the table is unknown, and no field is set but the length");
	if (instruction_decode_plain(word, &plain))
		prove(decoded_same(plain, decoded), "the short decoder of fast paths agrees with the decoder");
	return 0;
}
