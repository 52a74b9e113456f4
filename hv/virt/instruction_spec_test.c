/* Compares the decoder with the table of instructions that its proof uses: for all words of 16 bits, for many words of
 * each row of the table, and for their neighbours, which differ from them in one bit. */
#include "hv/proofs/decoded.h"
#include "hv/testing/testing.h"
#include "hv/virt/instruction.h"

static struct instruction as_specified(uint32_t word)
{
	for (unsigned i = 0; i < SPEC_INSTRUCTIONS; i++)
		if (spec_matches(&spec_instructions[i], word))
			return decoded_as_specified(&spec_instructions[i], word);
	return (struct instruction){ .length = (word & 3) == 3 ? 4 : 2 };
}

/* Whether the short decoder knows the instruction: loads and stores of integer registers, except those in quadrant 2,
 * which are relative to sp. */
static bool is_plain(const struct instruction *instruction, uint32_t word)
{
	return (instruction->kind == INSTRUCTION_LOAD || instruction->kind == INSTRUCTION_STORE) &&
	       !instruction->is_float && (word & 3) != 2;
}

static void check(uint32_t word)
{
	struct instruction decoded = instruction_decode(word), specified = as_specified(word), plain;

	require(decoded_same(decoded, specified), "%x: kind %d, not %d, or other fields", word, (int)decoded.kind,
		(int)specified.kind);

	bool is_known = instruction_decode_plain(word, &plain);

	require(is_known == is_plain(&specified, word), "%x: the short decoder", word);
	if (is_known)
		require(decoded_same(plain, specified), "%x: the short decoder has other fields", word);
}

Test(instruction_spec, all_words_of_16_bits_are_decoded_as_specified)
{
	for (uint32_t word = 0; word < 0x10000; word++) {
		check(word);
		check(word | 0xabcd0000);
	}
}

Test(instruction_spec, the_words_of_each_instruction_and_their_neighbours_are_decoded_as_specified)
{
	uint64_t seed = 41;

	for (unsigned i = 0; i < SPEC_INSTRUCTIONS; i++)
		for (unsigned round = 0; round < 200; round++) {
			uint32_t any = (uint32_t)random_bits(&seed) & ~spec_instructions[i].mask;
			uint32_t word = any | spec_instructions[i].match;

			check(word);
			for (unsigned bit = 0; bit < 32; bit++)
				check(word ^ 1u << bit);
		}
}
