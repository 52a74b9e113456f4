/* Proof: for each of the 2^32 words, instruction_decode returns kind, length, registers, width, extension and offset as
 * in the manual's listings (spec_instruction.h), no word is two instructions of the table, and instruction_decode_plain
 * agrees with instruction_decode wherever it decodes.
 * Bound: none; loops have a constant number of rounds.
 * Stubs: none. Assumptions: none. */
#include "hv/proofs/proof.h"
#include "hv/proofs/spec_instruction.h"
#include "hv/virt/instruction.h"

static const enum instruction_kind kinds[] = {
	[SPEC_NONE] = INSTRUCTION_UNKNOWN,
	[SPEC_CSR] = INSTRUCTION_CSR,
	[SPEC_MRET] = INSTRUCTION_MRET,
	[SPEC_SRET] = INSTRUCTION_SRET,
	[SPEC_WFI] = INSTRUCTION_WFI,
	[SPEC_WRS_NTO] = INSTRUCTION_WRS_NTO,
	[SPEC_SFENCE_VMA] = INSTRUCTION_SFENCE_VMA,
	[SPEC_SINVAL_VMA] = INSTRUCTION_SINVAL_VMA,
	[SPEC_SFENCE_W_INVAL] = INSTRUCTION_SFENCE_W_INVAL,
	[SPEC_SFENCE_INVAL_IR] = INSTRUCTION_SFENCE_INVAL_IR,
	[SPEC_CBO] = INSTRUCTION_CBO,
	[SPEC_LOAD] = INSTRUCTION_LOAD,
	[SPEC_STORE] = INSTRUCTION_STORE,
	[SPEC_AMO] = INSTRUCTION_AMO,
	[SPEC_LR_SC] = INSTRUCTION_LR_SC,
};

static bool same(struct instruction a, struct instruction b)
{
	return a.kind == b.kind && a.length == b.length && a.rd == b.rd && a.rs1 == b.rs1 && a.rs2 == b.rs2 &&
	       a.width == b.width && a.is_signed == b.is_signed && a.is_float == b.is_float &&
	       a.csr_immediate == b.csr_immediate && a.operation == b.operation && a.csr == b.csr &&
	       a.offset == b.offset;
}

static struct instruction as_specified(const struct spec_instruction *row, uint32_t word)
{
	return (struct instruction){
		.kind = kinds[row->class],
		.length = (word & 3) == 3 ? 4 : 2,
		.rd = (uint8_t)spec_register_of(row->destination, word),
		.rs1 = (uint8_t)spec_register_of(row->base, word),
		.rs2 = (uint8_t)spec_register_of(row->source, word),
		.width = row->width,
		.is_signed = row->data == SPEC_SIGNED && row->class != SPEC_STORE,
		.is_float = row->data == SPEC_FLOAT,
		.csr_immediate = row->immediate,
		.operation = row->operation,
		.csr = (uint16_t)(row->class == SPEC_CSR ? word >> 20 : 0),
		.offset = spec_offset_of(row->offset, word),
	};
}

int main(void)
{
	uint32_t word = nondet_u32();
	struct instruction decoded = instruction_decode(word), plain;
	unsigned matching = 0;

	for (unsigned i = 0; i < SPEC_INSTRUCTIONS; i++) {
		if (!spec_matches(&spec_instructions[i], word))
			continue;
		matching++;
		prove(same(decoded, as_specified(&spec_instructions[i], word)),
		      "an instruction is decoded as specified");
	}
	prove(matching <= 1, "no word is two instructions of the table");
	if (matching == 0)
		prove(same(decoded, (struct instruction){ .length = (word & 3) == 3 ? 4 : 2 }),
		      "a word outside the table is unknown, and no field is set but the length");
	if (instruction_decode_plain(word, &plain))
		prove(same(plain, decoded), "the short decoder of fast paths agrees with the decoder");
	return 0;
}
