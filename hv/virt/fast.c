/* Fast paths for the firmware's illegal instructions. fast_firmware_illegal reads the instruction and selects the
 * path: CSRs that live in memory and sfence.vma are handled here, other CSRs in fast_csr.c, mret in fast_switch.c.
 * Look at the disassembly after any change: there must be no stack frame and no call. */
#include "hv/virt/fast.h"

#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/virt/fast_csr.h"
#include "hv/virt/fast_register.h"
#include "hv/virt/firmware_word.h"
#include "hv/virt/instruction.h"
#include "hv/virt/transition.h"

#define OPCODE_SYSTEM 0x73
#define CSR_IMMEDIATE (1u << 14)

/* Ends a CSR instruction if trap.S has not saved its rd. Instructions rarely use such a register, and every inlined
 * copy of this function would contain a table of instructions, so it is not inlined. */
__attribute__((noinline)) void fast_finish_live(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t old)
{
	live_register_write(word >> 7 & 31, old);
	csr_write(CSR_mepc, pc + 4);
	return fast_return(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

/* Matches the four forms of sfence.vma, in which rs1 and rs2 may be x0 or another register. */
#define SFENCE_VMA_MASK 0xfe007fffu
#define SFENCE_VMA 0x12000073u

PART_OF_FAST_PATH void fast_sfence(struct vcpu *vcpu, uint32_t word, uint64_t pc)
{
	unsigned rs1 = word >> 15 & 31, rs2 = word >> 20 & 31;
	uint64_t address = fast_register(vcpu, rs1), asid = fast_register(vcpu, rs2);

	if (rs1 == 0 && rs2 == 0)
		fence_translations();
	else if (rs2 == 0)
		fence_translations_of_address(address);
	else if (rs1 == 0)
		fence_translations_of_asid(asid);
	else
		fence_translations_of(address, asid);
	csr_write(CSR_mepc, pc + 4);
	return fast_return(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

/* Handles instructions with opcode SYSTEM that are not CSR instructions. */
STEP_OF_FAST_PATH void fast_privileged(struct vcpu *vcpu, uint32_t word, uint64_t pc)
{
	if (CONFIG_FAST_MRET && word == INSTRUCTION_WORD_MRET)
		return fast_firmware_mret(vcpu);
	if ((word & SFENCE_VMA_MASK) == SFENCE_VMA)
		return fast_sfence(vcpu, word, pc);
	return trap_slow(vcpu);
}

__attribute__((noinline)) void fast_finish_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t old)
{
	return fast_finish(vcpu, word, pc, old);
}

void fast_live_restore(struct vcpu *vcpu, uint64_t index)
{
	live_register_write((unsigned)index, vcpu->regs[index]);
	return trap_return_fast(vcpu);
}

/* The operand of a CSR instruction: the value of rs1, or the immediate. */
PART_OF_FAST_PATH uint64_t fast_operand(struct vcpu *vcpu, uint32_t word)
{
	unsigned rs1 = word >> 15 & 31;

	return word & CSR_IMMEDIATE ? rs1 : fast_register(vcpu, rs1);
}

PART_OF_FAST_PATH void fast_csr_of_memory(struct vcpu *vcpu, uint32_t word, uint64_t pc, unsigned index)
{
	unsigned operation = word >> 12 & 3;
	uint64_t old = vcpu->csr.by_index[index];

	if (fast_writes(word))
		vcpu->csr.by_index[index] =
			csr_operation_result(operation, old, fast_operand(vcpu, word)) & vcpu->csr_mask.by_index[index];
	return fast_finish(vcpu, word, pc, old);
}

void fast_finish_step(struct vcpu *vcpu, uint64_t index)
{
	uint64_t pc = csr_read(CSR_mepc), value = csr_read(CSR_mtval), cause = csr_read(CSR_mcause);

	if (index)
		live_register_write((unsigned)index, vcpu->regs[index]);
	csr_write(CSR_mepc, vcpu->pc);
	return fast_return(vcpu, pc, value, FAST_KIND(cause, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

void fast_firmware_illegal(struct vcpu *vcpu)
{
	uint64_t pc = csr_read(CSR_mepc);

	if (!firmware_word_stays(pc))
		return trap_slow(vcpu);

	const uint16_t *at = (const uint16_t *)pc;
	uint32_t low = at[0];

	if ((low & 0x7f) != OPCODE_SYSTEM) /* this function handles only 32-bit instructions */
		return trap_slow(vcpu);

	uint32_t word = low | (uint32_t)at[1] << 16;
	unsigned operation = word >> 12 & 3, index = csr_index_of(word >> 20);

	if (operation == 0)
		return fast_privileged(vcpu, word, pc);

	if (index < CSR_MEMORY_COUNT)
		return fast_csr_of_memory(vcpu, word, pc, index);

	return fast_csr_table[(uint64_t)index - CSR_MEMORY_COUNT](vcpu, word, pc, fast_operand(vcpu, word));
}
