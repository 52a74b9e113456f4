/* What hv's decoder must return for an instruction of the table in spec_instruction.h.
 * Included by the proof of the decoder and by its unit test. Must not call the decoder. */
#ifndef HV_PROOFS_DECODED_H
#define HV_PROOFS_DECODED_H

#include "hv/proofs/spec_instruction.h"
#include "hv/virt/instruction.h"

static const enum instruction_kind decoded_kinds[] = {
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

/** Whether all fields are equal. Pure. */
static inline bool decoded_same(struct instruction a, struct instruction b)
{
	return a.kind == b.kind && a.length == b.length && a.rd == b.rd && a.rs1 == b.rs1 && a.rs2 == b.rs2 &&
	       a.width == b.width && a.is_signed == b.is_signed && a.is_float == b.is_float &&
	       a.csr_immediate == b.csr_immediate && a.operation == b.operation && a.csr == b.csr &&
	       a.offset == b.offset;
}

/** The result of the decoder for @p word, which matches @p row. Pure. */
static inline struct instruction decoded_as_specified(const struct spec_instruction *row, uint32_t word)
{
	return (struct instruction){
		.kind = decoded_kinds[row->class],
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

#endif
