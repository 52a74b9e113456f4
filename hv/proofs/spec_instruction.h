/* The instructions that hv decodes, as a table of matches and masks: the specification of the proof of the decoder.
 * Included by proofs. Must not include anything of hv/virt, because the proof compares hv/virt with this table.
 * Source: Unprivileged ISA, chapters "RV32/64G Instruction Set Listings", "C" (instruction formats), "CMO", "Zawrs";
 * Privileged ISA, chapter "RISC-V Privileged Instruction Set Listings". */
#ifndef HV_PROOFS_SPEC_INSTRUCTION_H
#define HV_PROOFS_SPEC_INSTRUCTION_H

#include <stdbool.h>
#include <stdint.h>

/** What an instruction does. hv decodes no other classes. */
enum spec_class {
	SPEC_NONE, /* no row of the table matches */
	SPEC_CSR,
	SPEC_MRET,
	SPEC_SRET,
	SPEC_WFI,
	SPEC_WRS_NTO,
	SPEC_SFENCE_VMA,
	SPEC_SINVAL_VMA,
	SPEC_SFENCE_W_INVAL,
	SPEC_SFENCE_INVAL_IR,
	SPEC_CBO,
	SPEC_LOAD,
	SPEC_STORE,
	SPEC_AMO,
	SPEC_LR_SC,
};

/** The type of the data: an integer that is sign-extended or zero-extended, or a floating-point number. */
enum spec_data { SPEC_NO_DATA, SPEC_SIGNED, SPEC_UNSIGNED, SPEC_FLOAT };

/** For each field of the result, the lowest bit of the instruction that holds it. Compressed formats have registers of
 * 3 bits, which mean x8 to x15, and the implied base register sp. */
enum spec_register {
	SPEC_NO_REGISTER,
	SPEC_AT_7,
	SPEC_AT_15,
	SPEC_AT_20,
	SPEC_AT_2,
	SPEC_SHORT_AT_7,
	SPEC_SHORT_AT_2,
	SPEC_SP
};

/** How the bits of the offset are spread over the instruction (spec_offset_bits). */
enum spec_offset {
	SPEC_NO_OFFSET,
	SPEC_OFFSET_I,
	SPEC_OFFSET_S,
	SPEC_OFFSET_C_W,   /* c.lw, c.sw */
	SPEC_OFFSET_C_D,   /* c.ld, c.sd, c.fld, c.fsd */
	SPEC_OFFSET_CI_W,  /* c.lwsp */
	SPEC_OFFSET_CI_D,  /* c.ldsp, c.fldsp */
	SPEC_OFFSET_CSS_W, /* c.swsp */
	SPEC_OFFSET_CSS_D, /* c.sdsp, c.fsdsp */
	SPEC_OFFSETS,
};

/* For each bit of an offset, from bit 0 on, the bit of the instruction that holds it; ZERO for a bit that is always 0.
 * The highest bit of a 12-bit offset is its sign. */
#define ZERO 32
static const uint8_t spec_offset_bits[SPEC_OFFSETS][12] = {
	[SPEC_NO_OFFSET] = { ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO },
	[SPEC_OFFSET_I] = { 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 },
	[SPEC_OFFSET_S] = { 7, 8, 9, 10, 11, 25, 26, 27, 28, 29, 30, 31 },
	[SPEC_OFFSET_C_W] = { ZERO, ZERO, 6, 10, 11, 12, 5, ZERO, ZERO, ZERO, ZERO, ZERO },
	[SPEC_OFFSET_C_D] = { ZERO, ZERO, ZERO, 10, 11, 12, 5, 6, ZERO, ZERO, ZERO, ZERO },
	[SPEC_OFFSET_CI_W] = { ZERO, ZERO, 4, 5, 6, 12, 2, 3, ZERO, ZERO, ZERO, ZERO },
	[SPEC_OFFSET_CI_D] = { ZERO, ZERO, ZERO, 5, 6, 12, 2, 3, 4, ZERO, ZERO, ZERO },
	[SPEC_OFFSET_CSS_W] = { ZERO, ZERO, 9, 10, 11, 12, 7, 8, ZERO, ZERO, ZERO, ZERO },
	[SPEC_OFFSET_CSS_D] = { ZERO, ZERO, ZERO, 10, 11, 12, 7, 8, 9, ZERO, ZERO, ZERO },
};

struct spec_instruction {
	uint32_t match, mask; /* the row matches if (word & mask) == match */
	uint32_t not_zero;    /* if not 0, one of these bits must be 1 */
	enum spec_class class;
	enum spec_register destination, base, source;
	enum spec_offset offset;
	enum spec_data data;
	uint8_t width;     /* in bytes */
	uint8_t operation; /* CSR: funct3[1:0]; AMO, LR_SC: funct5; CBO: imm[11:0] */
	bool immediate;    /* CSR: the base field is the operand */
};

#define SPEC_LONG_LOAD(opcode, funct3, type, bytes)                                                                    \
	{                                                                                                              \
		.match = (funct3) << 12 | (opcode), .mask = 0x707f, .class = SPEC_LOAD, .destination = SPEC_AT_7,      \
		.base = SPEC_AT_15, .offset = SPEC_OFFSET_I, .data = type, .width = bytes                              \
	}
#define SPEC_LONG_STORE(opcode, funct3, type, bytes)                                                                   \
	{                                                                                                              \
		.match = (funct3) << 12 | (opcode), .mask = 0x707f, .class = SPEC_STORE, .base = SPEC_AT_15,           \
		.source = SPEC_AT_20, .offset = SPEC_OFFSET_S, .data = type, .width = bytes                            \
	}
#define SPEC_A_EXTENSION(the_class, funct5, low_bits_mask, funct3, bytes)                                              \
	{                                                                                                              \
		.match = (uint32_t)(funct5) << 27 | (funct3) << 12 | 0x2f, .mask = 0xf800707f | (low_bits_mask),       \
		.class = the_class, .destination = SPEC_AT_7, .base = SPEC_AT_15, .source = SPEC_AT_20,                \
		.data = SPEC_SIGNED, .width = bytes, .operation = funct5                                               \
	}
#define SPEC_AMO_BOTH(funct5) SPEC_A_EXTENSION(SPEC_AMO, funct5, 0, 2, 4), SPEC_A_EXTENSION(SPEC_AMO, funct5, 0, 3, 8)
#define SPEC_CBO_OF(number)                                                                                            \
	{                                                                                                              \
		.match = (number) << 20 | 0x200f, .mask = 0xfff07fff, .class = SPEC_CBO, .base = SPEC_AT_15,           \
		.operation = number                                                                                    \
	}
#define SPEC_CSR_OF(funct3, is_immediate)                                                                              \
	{                                                                                                              \
		.match = (funct3) << 12 | 0x73, .mask = 0x707f, .class = SPEC_CSR, .destination = SPEC_AT_7,           \
		.base = SPEC_AT_15, .operation = (funct3)&3, .immediate = is_immediate                                 \
	}
#define SPEC_WHOLE_WORD(word, the_class)                                                                               \
	{                                                                                                              \
		.match = word, .mask = 0xffffffff, .class = the_class                                                  \
	}
#define SPEC_FENCE_OF(word, the_class)                                                                                 \
	{                                                                                                              \
		.match = word, .mask = 0xfe007fff, .class = the_class, .base = SPEC_AT_15, .source = SPEC_AT_20        \
	}
#define SPEC_SHORT_LOAD(funct3, quadrant, to, from, where, type, bytes, required)                                      \
	{                                                                                                              \
		.match = (funct3) << 13 | (quadrant), .mask = 0xe003, .not_zero = required, .class = SPEC_LOAD,        \
		.destination = to, .base = from, .offset = where, .data = type, .width = bytes                         \
	}
#define SPEC_SHORT_STORE(funct3, quadrant, from, to, where, type, bytes)                                               \
	{                                                                                                              \
		.match = (funct3) << 13 | (quadrant), .mask = 0xe003, .class = SPEC_STORE, .base = to, .source = from, \
		.offset = where, .data = type, .width = bytes                                                          \
	}

static const struct spec_instruction spec_instructions[] = {
	/* lb, lh, lw, ld, lbu, lhu, lwu; flh, flw, fld; sb, sh, sw, sd; fsh, fsw, fsd */
	SPEC_LONG_LOAD(0x03, 0, SPEC_SIGNED, 1),
	SPEC_LONG_LOAD(0x03, 1, SPEC_SIGNED, 2),
	SPEC_LONG_LOAD(0x03, 2, SPEC_SIGNED, 4),
	SPEC_LONG_LOAD(0x03, 3, SPEC_SIGNED, 8),
	SPEC_LONG_LOAD(0x03, 4, SPEC_UNSIGNED, 1),
	SPEC_LONG_LOAD(0x03, 5, SPEC_UNSIGNED, 2),
	SPEC_LONG_LOAD(0x03, 6, SPEC_UNSIGNED, 4),
	SPEC_LONG_LOAD(0x07, 1, SPEC_FLOAT, 2),
	SPEC_LONG_LOAD(0x07, 2, SPEC_FLOAT, 4),
	SPEC_LONG_LOAD(0x07, 3, SPEC_FLOAT, 8),
	SPEC_LONG_STORE(0x23, 0, SPEC_SIGNED, 1),
	SPEC_LONG_STORE(0x23, 1, SPEC_SIGNED, 2),
	SPEC_LONG_STORE(0x23, 2, SPEC_SIGNED, 4),
	SPEC_LONG_STORE(0x23, 3, SPEC_SIGNED, 8),
	SPEC_LONG_STORE(0x27, 1, SPEC_FLOAT, 2),
	SPEC_LONG_STORE(0x27, 2, SPEC_FLOAT, 4),
	SPEC_LONG_STORE(0x27, 3, SPEC_FLOAT, 8),
	/* lr (its rs2 is 0), sc, amoswap, amoadd, amoxor, amoand, amoor, amomin, amomax, amominu, amomaxu */
	SPEC_A_EXTENSION(SPEC_LR_SC, 0x02, 0x01f00000, 2, 4),
	SPEC_A_EXTENSION(SPEC_LR_SC, 0x02, 0x01f00000, 3, 8),
	SPEC_A_EXTENSION(SPEC_LR_SC, 0x03, 0, 2, 4),
	SPEC_A_EXTENSION(SPEC_LR_SC, 0x03, 0, 3, 8),
	SPEC_AMO_BOTH(0x01),
	SPEC_AMO_BOTH(0x00),
	SPEC_AMO_BOTH(0x04),
	SPEC_AMO_BOTH(0x0c),
	SPEC_AMO_BOTH(0x08),
	SPEC_AMO_BOTH(0x10),
	SPEC_AMO_BOTH(0x14),
	SPEC_AMO_BOTH(0x18),
	SPEC_AMO_BOTH(0x1c),
	/* cbo.inval, cbo.clean, cbo.flush, cbo.zero */
	SPEC_CBO_OF(0),
	SPEC_CBO_OF(1),
	SPEC_CBO_OF(2),
	SPEC_CBO_OF(4),
	/* csrrw, csrrs, csrrc, csrrwi, csrrsi, csrrci */
	SPEC_CSR_OF(1, false),
	SPEC_CSR_OF(2, false),
	SPEC_CSR_OF(3, false),
	SPEC_CSR_OF(5, true),
	SPEC_CSR_OF(6, true),
	SPEC_CSR_OF(7, true),
	SPEC_WHOLE_WORD(0x30200073, SPEC_MRET),
	SPEC_WHOLE_WORD(0x10200073, SPEC_SRET),
	SPEC_WHOLE_WORD(0x10500073, SPEC_WFI),
	SPEC_WHOLE_WORD(0x00d00073, SPEC_WRS_NTO),
	SPEC_FENCE_OF(0x12000073, SPEC_SFENCE_VMA),
	SPEC_FENCE_OF(0x16000073, SPEC_SINVAL_VMA),
	SPEC_WHOLE_WORD(0x18000073, SPEC_SFENCE_W_INVAL),
	SPEC_WHOLE_WORD(0x18100073, SPEC_SFENCE_INVAL_IR),
	/* c.fld, c.lw, c.ld, c.fsd, c.sw, c.sd */
	SPEC_SHORT_LOAD(1, 0, SPEC_SHORT_AT_2, SPEC_SHORT_AT_7, SPEC_OFFSET_C_D, SPEC_FLOAT, 8, 0),
	SPEC_SHORT_LOAD(2, 0, SPEC_SHORT_AT_2, SPEC_SHORT_AT_7, SPEC_OFFSET_C_W, SPEC_SIGNED, 4, 0),
	SPEC_SHORT_LOAD(3, 0, SPEC_SHORT_AT_2, SPEC_SHORT_AT_7, SPEC_OFFSET_C_D, SPEC_SIGNED, 8, 0),
	SPEC_SHORT_STORE(5, 0, SPEC_SHORT_AT_2, SPEC_SHORT_AT_7, SPEC_OFFSET_C_D, SPEC_FLOAT, 8),
	SPEC_SHORT_STORE(6, 0, SPEC_SHORT_AT_2, SPEC_SHORT_AT_7, SPEC_OFFSET_C_W, SPEC_SIGNED, 4),
	SPEC_SHORT_STORE(7, 0, SPEC_SHORT_AT_2, SPEC_SHORT_AT_7, SPEC_OFFSET_C_D, SPEC_SIGNED, 8),
	/* c.fldsp, c.lwsp, c.ldsp (rd = x0 is reserved in the last two), c.fsdsp, c.swsp, c.sdsp */
	SPEC_SHORT_LOAD(1, 2, SPEC_AT_7, SPEC_SP, SPEC_OFFSET_CI_D, SPEC_FLOAT, 8, 0),
	SPEC_SHORT_LOAD(2, 2, SPEC_AT_7, SPEC_SP, SPEC_OFFSET_CI_W, SPEC_SIGNED, 4, 0xf80),
	SPEC_SHORT_LOAD(3, 2, SPEC_AT_7, SPEC_SP, SPEC_OFFSET_CI_D, SPEC_SIGNED, 8, 0xf80),
	SPEC_SHORT_STORE(5, 2, SPEC_AT_2, SPEC_SP, SPEC_OFFSET_CSS_D, SPEC_FLOAT, 8),
	SPEC_SHORT_STORE(6, 2, SPEC_AT_2, SPEC_SP, SPEC_OFFSET_CSS_W, SPEC_SIGNED, 4),
	SPEC_SHORT_STORE(7, 2, SPEC_AT_2, SPEC_SP, SPEC_OFFSET_CSS_D, SPEC_SIGNED, 8),
};

#define SPEC_INSTRUCTIONS (sizeof(spec_instructions) / sizeof(spec_instructions[0]))

/** Whether @p row is the instruction @p word. In a 16-bit instruction, the upper half of @p word is ignored, because no
 * mask of a short row has a bit there. */
static inline bool spec_matches(const struct spec_instruction *row, uint32_t word)
{
	return (word & row->mask) == row->match && (!row->not_zero || (word & row->not_zero));
}

/** Returns the number of the register (0-31) that @p field of @p word names; 0 if the row has no such register. */
static inline unsigned spec_register_of(enum spec_register field, uint32_t word)
{
	switch (field) {
	case SPEC_AT_7:
		return word >> 7 & 31;
	case SPEC_AT_15:
		return word >> 15 & 31;
	case SPEC_AT_20:
		return word >> 20 & 31;
	case SPEC_AT_2:
		return word >> 2 & 31;
	case SPEC_SHORT_AT_7:
		return 8 + (word >> 7 & 7);
	case SPEC_SHORT_AT_2:
		return 8 + (word >> 2 & 7);
	case SPEC_SP:
		return 2;
	default:
		return 0;
	}
}

/** Returns the offset of @p word, in bytes. The offsets of 32-bit instructions are signed, those of compressed
 * instructions are not. */
static inline int32_t spec_offset_of(enum spec_offset format, uint32_t word)
{
	int32_t offset = 0;

	for (unsigned bit = 0; bit < 12; bit++) {
		unsigned from = spec_offset_bits[format][bit];

		if (from != ZERO && (word >> from & 1))
			offset += bit == 11 ? -2048 : 1 << bit;
	}
	return offset;
}

#endif
