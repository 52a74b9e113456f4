/* Decoding of the instructions that hv emulates. Called by the emulator and by modules. Pure: must not know who runs the
 * instruction or what it would do.
 * Source: Unprivileged ISA (encodings of RV64GC, Zicbom, Zicboz, Zawrs), Privileged ISA chapter "Instruction Listings". */
#ifndef HV_VIRT_INSTRUCTION_H
#define HV_VIRT_INSTRUCTION_H

#include <stdbool.h>
#include <stdint.h>

#define INSTRUCTION_WORD_MRET 0x30200073

enum instruction_kind {
	INSTRUCTION_UNKNOWN, /* not one that hv emulates */
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

/** CBO operation numbers (imm[11:0] of the encoding). */
enum cbo { CBO_INVAL = 0, CBO_CLEAN = 1, CBO_FLUSH = 2, CBO_ZERO = 4 };

struct instruction {
	enum instruction_kind kind;
	uint8_t length;     /* bytes: 2 or 4 */
	uint8_t rd;         /* LOAD, AMO, CSR: destination (an f register if is_float) */
	uint8_t rs1;        /* base or source; the CSR immediate if csr_immediate */
	uint8_t rs2;        /* STORE, AMO: source (an f register if is_float) */
	uint8_t width;      /* LOAD, STORE, AMO: bytes, 1, 2, 4 or 8 */
	bool is_signed;     /* LOAD: the value is sign-extended */
	bool is_float;      /* LOAD, STORE of an f register */
	bool csr_immediate; /* CSR: operand is rs1 itself */
	uint8_t operation;  /* CSR: enum csr_operation; AMO: funct5; CBO: enum cbo */
	uint16_t csr;       /* CSR number */
	int32_t offset;     /* LOAD, STORE: added to rs1 */
};

/** Decodes @p word; for a 16-bit instruction its upper half is ignored. Pure. */
struct instruction instruction_decode(uint32_t word);

/** Whether @p low, the first halfword, begins a 32-bit instruction (1.5, encodings longer than that are unknown). */
static inline bool instruction_is_long(uint32_t low)
{
	return (low & 3) == 3;
}

#endif
