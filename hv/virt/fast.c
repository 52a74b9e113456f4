/* Fast paths of the firmware's exits. Look at the disassembly after any change: no stack frame, no call. */
#include "hv/virt/fast.h"

#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/virt/fast_register.h"
#include "hv/virt/firmware_word.h"
#include "hv/virt/instruction.h"
#include "hv/virt/transition.h"

#define OPCODE_SYSTEM 0x73
#define CSR_IMMEDIATE (1u << 14)

PART_OF_FAST_PATH uint64_t fast_result(unsigned operation, uint64_t old, uint64_t operand)
{
	if (operation == CSR_OPERATION_WRITE)
		return operand;
	return operation == CSR_OPERATION_SET ? old | operand : old & ~operand;
}

PART_OF_FAST_PATH bool fast_writes(uint32_t word)
{
	return (word >> 12 & 3) == CSR_OPERATION_WRITE || (word >> 15 & 31) != 0;
}

/* Registers that trap.S has not saved: rarely an operand, and a table of instructions each time it is inlined. */
STEP_OF_FAST_PATH void fast_finish_live(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t old)
{
	live_register_write(word >> 7 & 31, old);
	csr_write(CSR_mepc, pc + 4);
	return fast_return(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

PART_OF_FAST_PATH void fast_finish(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t old)
{
	unsigned rd = word >> 7 & 31;

	if (__builtin_expect(!register_is_saved(rd), 0))
		return fast_finish_live(vcpu, word, pc, old);
	if (rd)
		vcpu->regs[rd] = old;
	csr_write(CSR_mepc, pc + 4);
	return fast_return(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

/* mstatus where MIE and MPRV stay: no interrupt can become due, and MPRV stays as it is, armed or not. */
PART_OF_FAST_PATH void fast_mstatus(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	uint64_t physical = csr_read(CSR_mstatus);
	uint64_t old = vcpu->mstatus | (physical & (MSTATUS_HARDWARE | MSTATUS_ENDIAN));

	if (fast_writes(word)) {
		uint64_t value = fast_result(word >> 12 & 3, old, operand);

		if (((old ^ value) & MSTATUS_MIE) || ((old | value) & MSTATUS_MPRV) ||
		    field_get(MSTATUS_MPP, value) == 2)
			return trap_step_csr(vcpu, word, operand);
		vcpu->mstatus = field_merge(machine.mstatus_mask, vcpu->mstatus, value);
		csr_write(CSR_mstatus, field_merge(MSTATUS_HARDWARE, physical, value));
	}
	return fast_finish(vcpu, word, pc, old);
}

/* mip: its S bits are the hardware's, by the same operation (semantics 1). With MIE set one may become due. */
PART_OF_FAST_PATH void fast_mip(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	uint64_t old = 0;

	if (word >> 7 & 31)
		old = transition_mip(vcpu);
	if (fast_writes(word)) {
		if (vcpu->mstatus & MSTATUS_MIE)
			return trap_step_csr(vcpu, word, operand);
		transition_apply_mip(word >> 12 & 3, operand);
	}
	return fast_finish(vcpu, word, pc, old);
}

/* mie: while MIE is 0 the physical one stays as it is. */
PART_OF_FAST_PATH void fast_mie(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	uint64_t old = vcpu->mie;

	if (fast_writes(word)) {
		if (vcpu->mstatus & MSTATUS_MIE)
			return trap_step_csr(vcpu, word, operand);
		vcpu->mie = fast_result(word >> 12 & 3, old, operand) & (IP_S_BITS | IP_M_BITS);
	}
	return fast_finish(vcpu, word, pc, old);
}

PART_OF_FAST_PATH void fast_mtvec(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	uint64_t old = vcpu->mtvec;

	if (fast_writes(word))
		vcpu->mtvec = legal_mtvec(old, fast_result(word >> 12 & 3, old, operand));
	return fast_finish(vcpu, word, pc, old);
}

/* mhartid is read-only. */
PART_OF_FAST_PATH void fast_mhartid(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	return fast_writes(word) ? trap_step_csr(vcpu, word, operand)
				 : fast_finish(vcpu, word, pc, csr_read(CSR_mhartid));
}

/* `csrw pmpcfg0, rs1` and `csrw pmpcfg2, rs1` differ from each other in these bits only. */
#define CSRW_PMPCFG0 ((uint32_t)CSR_pmpcfg << 20 | CSR_OPERATION_WRITE << 12 | OPCODE_SYSTEM)
#define CSRW_PMPCFG_BITS (2u << 20 | 31u << 15)

/* The firmware's view changes at once, the others when they are next put in force. */
PART_OF_FAST_PATH void fast_pmpcfg(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	struct pmp *pmp = &vcpu->pmp;
	uint64_t i = word >> 21 & 1;

	if ((word & ~CSRW_PMPCFG_BITS) != CSRW_PMPCFG0 || pmp->words > 2 || pmp->current != PMP_VIEW_FIRMWARE)
		return trap_step_csr(vcpu, word, operand);

	uint64_t old = pmp->virtual_config[i];
	uint64_t legal = pmp_legal_config(old, operand, pmp->granule) & pmp->implemented[i];

	if (legal != old) {
		if (trace_is_on(vcpu->tracer, TRACE_PMP))
			return trap_step_csr(vcpu, word, operand);
		pmp->virtual_config[i] = legal;
		pmp->locked |= legal & PMP_BYTES(PMPCFG_L);
		pmp->unbound = false;
		pmp->stale[PMP_VIEW_MPRV] = pmp->stale[PMP_VIEW_PAYLOAD] = true;
		pmp_place(pmp, PMP_VIEW_FIRMWARE, i);
		if (pmp_install_pair(pmp, PMP_VIEW_FIRMWARE))
			pmp_fence();
	}
	csr_write(CSR_mepc, pc + 4);
	return fast_return(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

STEP_OF_FAST_PATH void fast_other(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand, unsigned index)
{
	switch (index) {
	case CSR_INDEX_mstatus:
		return fast_mstatus(vcpu, word, pc, operand);
	case CSR_INDEX_mip:
		return fast_mip(vcpu, word, pc, operand);
	case CSR_INDEX_mie:
		return fast_mie(vcpu, word, pc, operand);
	case CSR_INDEX_mtvec:
		return fast_mtvec(vcpu, word, pc, operand);
	case CSR_INDEX_mhartid:
		return fast_mhartid(vcpu, word, pc, operand);
	case CSR_INDEX_pmpcfg:
		return fast_pmpcfg(vcpu, word, pc, operand);
	default:
		return trap_step_csr(vcpu, word, operand);
	}
}

/* sfence.vma in its four forms: rs1 x0 or not, rs2 x0 or not. */
#define SFENCE_VMA_MASK 0xfe007fffu
#define SFENCE_VMA 0x12000073u

PART_OF_FAST_PATH void fast_sfence(struct vcpu *vcpu, uint32_t word, uint64_t pc)
{
	unsigned rs1 = word >> 15 & 31, rs2 = word >> 20 & 31;

	if (rs1 == 0 && rs2 == 0)
		fence_translations();
	else if (rs2 == 0)
		fence_translations_of_address(fast_register(vcpu, rs1));
	else if (rs1 == 0)
		fence_translations_of_asid(fast_register(vcpu, rs2));
	else
		fence_translations_of(fast_register(vcpu, rs1), fast_register(vcpu, rs2));
	csr_write(CSR_mepc, pc + 4);
	return fast_return(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

/* What is no CSR instruction. */
STEP_OF_FAST_PATH void fast_privileged(struct vcpu *vcpu, uint32_t word, uint64_t pc)
{
	if (word == INSTRUCTION_WORD_MRET)
		return fast_firmware_mret(vcpu);
	if ((word & SFENCE_VMA_MASK) == SFENCE_VMA)
		return fast_sfence(vcpu, word, pc);
	return trap_slow(vcpu);
}

void fast_live_restore(struct vcpu *vcpu, uint64_t index)
{
	live_register_write((unsigned)index, vcpu->regs[index]);
	return trap_return_fast(vcpu);
}

PART_OF_FAST_PATH void fast_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand, unsigned index)
{
	if (index >= CSR_MEMORY_COUNT)
		return fast_other(vcpu, word, pc, operand, index);

	uint64_t old = vcpu->csr.by_index[index];

	if (fast_writes(word))
		vcpu->csr.by_index[index] = fast_result(word >> 12 & 3, old, operand) & vcpu->csr_mask.by_index[index];
	return fast_finish(vcpu, word, pc, old);
}

/* The same where rs1 is a register that trap.S has not saved. */
STEP_OF_FAST_PATH void fast_csr_of_live(struct vcpu *vcpu, uint32_t word, uint64_t pc, unsigned index)
{
	return fast_csr(vcpu, word, pc, live_register_read(word >> 15 & 31), index);
}

void fast_firmware_illegal(struct vcpu *vcpu)
{
	uint64_t pc = csr_read(CSR_mepc);

	if (!firmware_word_stays(pc))
		return trap_slow(vcpu);

	uint32_t word = firmware_word(pc);
	unsigned operation = word >> 12 & 3, index = csr_index_of(word >> 20);

	if ((word & 0x7f) != OPCODE_SYSTEM)
		return trap_slow(vcpu);
	if (operation == 0)
		return fast_privileged(vcpu, word, pc);

	unsigned rs1 = word >> 15 & 31;
	uint64_t operand = rs1;

	if (!(word & CSR_IMMEDIATE)) {
		if (__builtin_expect(!register_is_saved(rs1), 0))
			return fast_csr_of_live(vcpu, word, pc, index);
		operand = vcpu->regs[rs1];
	}
	return fast_csr(vcpu, word, pc, operand, index);
}
