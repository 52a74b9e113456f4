/* Chooses the kind of each instruction of a program. */
#include "payloads/random_programs/instruction.h"

#include "payloads/random_programs/execute.h"
#include "payloads/runtime/csr.h"

#define ECALL 0x00000073
#define EBREAK 0x00100073
#define MRET 0x30200073
#define SRET 0x10200073
#define WFI 0x10500073
#define SFENCE_VMA 0x12000073
#define CSRRW 0x1073
#define CSRRS 0x2073
#define CSR_MSTATUS 0x300u
#define CSR_MEPC 0x341u
#define CSR_SEPC 0x141u

static uint32_t fence(struct random *random)
{
	static const uint32_t fences[] = { SFENCE_VMA,
					   SFENCE_VMA,
					   0x16000073 /* sinval.vma */,
					   0x18000073 /* sfence.w.inval */,
					   0x18100073 /* sfence.inval.ir */,
					   0x0000100f /* fence.i */,
					   0x0ff0000f /* fence */ };
	uint32_t word = fences[random_below(random, sizeof(fences) / sizeof(fences[0]))];

	if (word == SFENCE_VMA && random_below(random, 2))
		word |= ROLE_WINDOW_1 << 15;
	if (word == SFENCE_VMA && random_below(random, 2))
		word |= ROLE_NUMBER << 20;
	return word;
}

static uint32_t other(const struct program *program, struct random *random)
{
	static const uint32_t words[] = { ECALL,      ECALL,      EBREAK, 0x00000000, 0xffffffff,
					  0x00200073, 0x7b200073, MRET,   SRET };

	if (program->wake && random_below(random, 2))
		return WFI;
	return words[random_below(random, sizeof(words) / sizeof(words[0]))];
}

/* An mret or sret to another slot, after the instructions that select the slot, and for one in two also the mode. */
static unsigned make_return(uint32_t *code, unsigned slot, struct random *random)
{
	bool is_mret = random_below(random, 2);
	unsigned made = 0, csr = is_mret ? CSR_MEPC : CSR_SEPC;

	if (random_below(random, 2)) {
		bool writes = random_below(random, 2);
		code[made++] = CSR_MSTATUS << 20 | (uint32_t)ROLE_STATUS << 15 | (writes ? CSRRW : CSRRS);
	}
	if (slot < PROGRAM_INSTRUCTIONS / 2)
		code[made++] =
			csr << 20 | (uint32_t)(random_below(random, 2) ? ROLE_CODE_1 : ROLE_CODE_2) << 15 | CSRRW;
	code[made++] = is_mret ? MRET : SRET;
	return made;
}

unsigned instruction_make(uint32_t *code, unsigned slot, const struct program *program, struct random *random)
{
	unsigned kind = random_below(random, 32);

	if (kind < 2 && slot + 3 <= PROGRAM_INSTRUCTIONS)
		return make_return(code, slot, random);
	if (kind < 15)
		*code = instruction_csr(program, random);
	else if (kind < 27)
		*code = instruction_memory(program, random);
	else if (kind < 29)
		*code = fence(random);
	else
		*code = other(program, random);
	return 1;
}
