/* The decoder for the instructions that hv emulates. Called by the emulator and by modules. All functions are pure.
 * They must not know who executes the instruction or what its effect would be.
 * Source: Unprivileged ISA (encodings of RV64GC, Zicbom, Zicboz, Zawrs); Privileged ISA, chapter "Instruction
 * Listings". */
#ifndef HV_VIRT_INSTRUCTION_H
#define HV_VIRT_INSTRUCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"

#define INSTRUCTION_WORD_MRET 0x30200073

enum instruction_kind {
	INSTRUCTION_UNKNOWN, /* hv does not emulate this instruction */
	INSTRUCTION_CSR,
	INSTRUCTION_MRET,
	INSTRUCTION_SRET,
	INSTRUCTION_WFI,
	INSTRUCTION_WRS_NTO,
	INSTRUCTION_SFENCE_VMA,
	INSTRUCTION_SINVAL_VMA,
	INSTRUCTION_SFENCE_W_INVAL,
	INSTRUCTION_SFENCE_INVAL_IR,
	INSTRUCTION_CBO,
	INSTRUCTION_LOAD,
	INSTRUCTION_STORE,
	INSTRUCTION_AMO,
	INSTRUCTION_LR_SC,
};

/** Operation numbers of the cbo instructions (imm[11:0] of the encoding). */
enum cbo { CBO_INVAL = 0, CBO_CLEAN = 1, CBO_FLUSH = 2, CBO_ZERO = 4 };

struct instruction {
	enum instruction_kind kind;
	uint8_t length;     /* in bytes: 2 or 4 */
	uint8_t rd;         /* LOAD, AMO, CSR: destination register (an f register if is_float) */
	uint8_t rs1;        /* base or source register; if csr_immediate, the immediate */
	uint8_t rs2;        /* STORE, AMO: source register (an f register if is_float) */
	uint8_t width;      /* LOAD, STORE, AMO: in bytes, 1, 2, 4 or 8 */
	bool is_signed;     /* LOAD, AMO: true if the loaded value is sign-extended */
	bool is_float;      /* LOAD, STORE: true if the data register is an f register */
	bool csr_immediate; /* CSR: true if rs1 is the operand itself and not a register number */
	uint8_t operation;  /* CSR: enum csr_operation; AMO: funct5; CBO: enum cbo */
	uint16_t csr;       /* CSR: number of the CSR */
	int32_t offset;     /* LOAD, STORE: added to rs1 */
};

/** Decodes the instruction @p word. For a 16-bit instruction the upper half of @p word is ignored. Pure. */
struct instruction instruction_decode(uint32_t word);

/** Decodes only the loads and stores of integer registers that compilers generate for device accesses: lb to ld, sb to
 * sd, c.lw, c.ld, c.sw and c.sd. It is inline and short, so that the compiler keeps the fields in registers. Pure.
 * @param instruction receives the same result as instruction_decode would return
 * @return false for any other instruction; then *@p instruction is undefined */
PART_OF_FAST_PATH bool instruction_decode_plain(uint32_t word, struct instruction *instruction)
{
	unsigned funct3, rd, rs1, rs2;
	int32_t offset;
	bool store;

	if ((word & 3) == 3) {
		store = (word & 0x7f) == 0x23;
		funct3 = word >> 12 & 7;
		if ((word & 0x5f) != 0x03 || (store ? funct3 > 3 : funct3 == 7))
			return false;
		rs1 = word >> 15 & 31;
		rs2 = word >> 20 & 31;
		rd = word >> 7 & 31;
		offset = store ? ((int32_t)word >> 25) * 32 + (int32_t)rd : (int32_t)word >> 20;
	} else {
		bool wide = word & 0x2000;

		if ((word & 3) != 0 || !(word & 0x4000))
			return false;
		store = word & 0x8000;
		funct3 = wide ? 3 : 2;
		rs1 = 8 + (word >> 7 & 7);
		rd = rs2 = 8 + (word >> 2 & 7);
		offset = (int32_t)(word >> 7 & 0x38) |
			 (int32_t)(wide ? word << 1 & 0xc0 : (word << 1 & 0x40) | (word >> 4 & 4));
	}
	*instruction = (struct instruction){
		.kind = store ? INSTRUCTION_STORE : INSTRUCTION_LOAD,
		.length = (word & 3) == 3 ? 4 : 2,
		.rd = (uint8_t)(store ? 0 : rd),
		.rs1 = (uint8_t)rs1,
		.rs2 = (uint8_t)(store ? rs2 : 0),
		.width = (uint8_t)(1u << (funct3 & 3)),
		.is_signed = !store && funct3 < 4,
		.offset = offset,
	};
	return true;
}

/** Whether an instruction that begins with halfword @p low has 32 bits (Unprivileged ISA 1.5). hv does not know longer
 * instructions. Pure. */
static inline bool instruction_is_long(uint32_t low)
{
	return (low & 3) == 3;
}

#endif
