/* The instruction decoder. It switches on the opcode, then on funct3 and funct7 or funct5. The field positions are
 * defined once, below. The immediates of compressed instructions are assembled from several such fields. */
#include "hv/virt/instruction.h"

#include "hv/arch/cold.h"
#include "hv/arch/field.h"

#define OPCODE FIELD(0, 7)
#define RD FIELD(7, 5)
#define FUNCT3 FIELD(12, 3)
#define RS1 FIELD(15, 5)
#define RS2 FIELD(20, 5)
#define FUNCT7 FIELD(25, 7)
#define FUNCT5 FIELD(27, 5)
#define IMM_I FIELD(20, 12)
#define IMM_S_HIGH FIELD(25, 7)

#define OPCODE_LOAD 0x03
#define OPCODE_LOAD_FP 0x07
#define OPCODE_MISC_MEM 0x0f
#define OPCODE_STORE 0x23
#define OPCODE_STORE_FP 0x27
#define OPCODE_AMO 0x2f
#define OPCODE_SYSTEM 0x73

static int32_t sign_extend_12(uint64_t value)
{
	return (int32_t)(value ^ 0x800) - 0x800;
}

static struct instruction unknown(uint8_t length)
{
	return (struct instruction){ .kind = INSTRUCTION_UNKNOWN, .length = length };
}

/* ---- 32-bit encodings ---- */

static COLD struct instruction decode_load(uint32_t word, bool is_float)
{
	unsigned funct3 = (unsigned)field_get(FUNCT3, word);

	if (is_float ? funct3 < 1 || funct3 > 3 : funct3 == 7)
		return unknown(4);
	return (struct instruction){
		.kind = INSTRUCTION_LOAD,
		.length = 4,
		.rd = (uint8_t)field_get(RD, word),
		.rs1 = (uint8_t)field_get(RS1, word),
		.width = (uint8_t)(1u << (funct3 & 3)),
		.is_signed = !is_float && funct3 < 4,
		.is_float = is_float,
		.offset = sign_extend_12(field_get(IMM_I, word)),
	};
}

static COLD struct instruction decode_store(uint32_t word, bool is_float)
{
	unsigned funct3 = (unsigned)field_get(FUNCT3, word);

	if (funct3 > 3 || (is_float && funct3 == 0))
		return unknown(4);
	return (struct instruction){
		.kind = INSTRUCTION_STORE,
		.length = 4,
		.rs1 = (uint8_t)field_get(RS1, word),
		.rs2 = (uint8_t)field_get(RS2, word),
		.width = (uint8_t)(1u << funct3),
		.is_float = is_float,
		.offset = sign_extend_12(field_get(IMM_S_HIGH, word) << 5 | field_get(RD, word)),
	};
}

static bool amo_operation_exists(unsigned funct5)
{
	switch (funct5) {
	case 0x00: /* add */
	case 0x01: /* swap */
	case 0x04: /* xor */
	case 0x08: /* or */
	case 0x0c: /* and */
	case 0x10: /* min */
	case 0x14: /* max */
	case 0x18: /* minu */
	case 0x1c: /* maxu */
		return true;
	default:
		return false;
	}
}

#define FUNCT5_LR 0x02
#define FUNCT5_SC 0x03

static COLD struct instruction decode_amo(uint32_t word)
{
	unsigned funct3 = (unsigned)field_get(FUNCT3, word);
	unsigned funct5 = (unsigned)field_get(FUNCT5, word);
	bool reservation = (funct5 == FUNCT5_LR && field_get(RS2, word) == 0) || funct5 == FUNCT5_SC;

	if ((funct3 != 2 && funct3 != 3) || !(reservation || amo_operation_exists(funct5)))
		return unknown(4);
	return (struct instruction){
		.kind = reservation ? INSTRUCTION_LR_SC : INSTRUCTION_AMO,
		.length = 4,
		.rd = (uint8_t)field_get(RD, word),
		.rs1 = (uint8_t)field_get(RS1, word),
		.rs2 = (uint8_t)field_get(RS2, word),
		.width = (uint8_t)(1u << funct3),
		.is_signed = true,
		.operation = (uint8_t)funct5,
	};
}

static COLD struct instruction decode_cbo(uint32_t word)
{
	uint64_t operation = field_get(IMM_I, word);

	if (field_get(FUNCT3, word) != 2 || field_get(RD, word) != 0 || operation == 3 || operation > CBO_ZERO)
		return unknown(4);
	return (struct instruction){ .kind = INSTRUCTION_CBO,
				     .length = 4,
				     .rs1 = (uint8_t)field_get(RS1, word),
				     .operation = (uint8_t)operation };
}

static struct instruction decode_fence_vma(uint32_t word, enum instruction_kind kind)
{
	if (field_get(RD, word) != 0)
		return unknown(4);
	return (struct instruction){
		.kind = kind, .length = 4, .rs1 = (uint8_t)field_get(RS1, word), .rs2 = (uint8_t)field_get(RS2, word)
	};
}

/* Instructions without operands. */
static const struct {
	uint32_t word;
	enum instruction_kind kind;
} privileged[] = {
	{ 0x30200073, INSTRUCTION_MRET },
	{ 0x10200073, INSTRUCTION_SRET },
	{ 0x10500073, INSTRUCTION_WFI },
	{ 0x00d00073, INSTRUCTION_WRS_NTO },
	{ 0x18000073, INSTRUCTION_SFENCE_W_INVAL },
	{ 0x18100073, INSTRUCTION_SFENCE_INVAL_IR },
};

static struct instruction decode_privileged(uint32_t word)
{
	for (unsigned i = 0; i < sizeof(privileged) / sizeof(privileged[0]); i++)
		if (privileged[i].word == word)
			return (struct instruction){ .kind = privileged[i].kind, .length = 4 };
	switch (field_get(FUNCT7, word)) {
	case 0x09:
		return decode_fence_vma(word, INSTRUCTION_SFENCE_VMA);
	case 0x0b:
		return decode_fence_vma(word, INSTRUCTION_SINVAL_VMA);
	}
	return unknown(4);
}

static struct instruction decode_system(uint32_t word)
{
	unsigned funct3 = (unsigned)field_get(FUNCT3, word);

	if (funct3 == 0)
		return decode_privileged(word);
	if (funct3 == 4)
		return unknown(4);
	return (struct instruction){
		.kind = INSTRUCTION_CSR,
		.length = 4,
		.rd = (uint8_t)field_get(RD, word),
		.rs1 = (uint8_t)field_get(RS1, word),
		.csr_immediate = funct3 > 4,
		.operation = funct3 & 3,
		.csr = (uint16_t)field_get(IMM_I, word),
	};
}

static struct instruction decode_long(uint32_t word)
{
	switch (word & OPCODE) {
	case OPCODE_LOAD:
		return decode_load(word, false);
	case OPCODE_LOAD_FP:
		return decode_load(word, true);
	case OPCODE_STORE:
		return decode_store(word, false);
	case OPCODE_STORE_FP:
		return decode_store(word, true);
	case OPCODE_AMO:
		return decode_amo(word);
	case OPCODE_MISC_MEM:
		return decode_cbo(word);
	case OPCODE_SYSTEM:
		return decode_system(word);
	default:
		return unknown(4);
	}
}

/* ---- 16-bit encodings (Unprivileged ISA 26.3, RVC loads and stores) ---- */

#define C_FUNCT3 FIELD(13, 3)
#define C_RD FIELD(7, 5)  /* in formats CI and CR */
#define C_RS2 FIELD(2, 5) /* in format CSS */
#define C_RS1_SHORT FIELD(7, 3)
#define C_RD_SHORT FIELD(2, 3)
#define REGISTER_SP 2

/* Builds a compressed load or store. @p funct3 selects the instruction, with the encoding of quadrants 0 and 2: 1 fld,
 * 2 lw, 3 ld, 5 fsd, 6 sw, 7 sd. */
static struct instruction c_access(unsigned funct3, uint8_t base, uint8_t data, int32_t offset)
{
	bool store = funct3 >= 4;

	return (struct instruction){
		.kind = store ? INSTRUCTION_STORE : INSTRUCTION_LOAD,
		.length = 2,
		.rd = store ? 0 : data,
		.rs1 = base,
		.rs2 = store ? data : 0,
		.width = (funct3 & 3) == 2 ? 4 : 8,
		.is_signed = !store && (funct3 & 3) != 1,
		.is_float = (funct3 & 3) == 1,
		.offset = offset,
	};
}

static struct instruction decode_quadrant_0(uint32_t word)
{
	unsigned funct3 = (unsigned)field_get(C_FUNCT3, word);
	uint64_t offset = field_get(FIELD(10, 3), word) << 3;

	if ((funct3 & 3) == 0)
		return unknown(2);
	if ((funct3 & 3) == 2)
		offset |= field_get(FIELD(6, 1), word) << 2 | field_get(FIELD(5, 1), word) << 6;
	else
		offset |= field_get(FIELD(5, 2), word) << 6;
	return c_access(funct3, (uint8_t)(8 + field_get(C_RS1_SHORT, word)), (uint8_t)(8 + field_get(C_RD_SHORT, word)),
			(int32_t)offset);
}

static struct instruction decode_stack_load(uint32_t word, unsigned funct3)
{
	uint64_t offset = field_get(FIELD(12, 1), word) << 5;
	uint8_t rd = (uint8_t)field_get(C_RD, word);

	if (funct3 == 2)
		offset |= field_get(FIELD(4, 3), word) << 2 | field_get(FIELD(2, 2), word) << 6;
	else
		offset |= field_get(FIELD(5, 2), word) << 3 | field_get(FIELD(2, 3), word) << 6;
	if (funct3 != 1 && rd == 0) /* c.lwsp and c.ldsp with rd = x0 are reserved */
		return unknown(2);
	return c_access(funct3, REGISTER_SP, rd, (int32_t)offset);
}

static struct instruction decode_stack_store(uint32_t word, unsigned funct3)
{
	uint64_t offset;

	if (funct3 == 6)
		offset = field_get(FIELD(9, 4), word) << 2 | field_get(FIELD(7, 2), word) << 6;
	else
		offset = field_get(FIELD(10, 3), word) << 3 | field_get(FIELD(7, 3), word) << 6;
	return c_access(funct3, REGISTER_SP, (uint8_t)field_get(C_RS2, word), (int32_t)offset);
}

static COLD struct instruction decode_short(uint32_t word)
{
	unsigned funct3 = (unsigned)field_get(C_FUNCT3, word);
	unsigned quadrant = word & 3;

	if (quadrant == 0)
		return decode_quadrant_0(word);
	if (quadrant != 2 || (funct3 & 3) == 0)
		return unknown(2);
	return funct3 < 4 ? decode_stack_load(word, funct3) : decode_stack_store(word, funct3);
}

struct instruction instruction_decode(uint32_t word)
{
	return instruction_is_long(word) ? decode_long(word) : decode_short(word & 0xffff);
}
