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

/* Where a CSR instruction's operand comes from. */
PART_OF_FAST_PATH uint64_t fast_operand(struct vcpu *vcpu, uint32_t word)
{
	unsigned rs1 = word >> 15 & 31;

	return word & CSR_IMMEDIATE ? rs1 : fast_register(vcpu, rs1);
}

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

PART_OF_FAST_PATH void fast_finish(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t old)
{
	unsigned rd = word >> 7 & 31;

	if (rd)
		fast_set_register(vcpu, rd, old);
	csr_write(CSR_mepc, pc + 4);
	return fast_return(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

/* mstatus where MIE and MPRV stay: no interrupt can become due, and MPRV stays as it is, armed or not. */
STEP_OF_FAST_PATH void fast_mstatus(struct vcpu *vcpu, uint32_t word, uint64_t pc)
{
	uint64_t physical = csr_read(CSR_mstatus);
	uint64_t old = vcpu->mstatus | (physical & (MSTATUS_HARDWARE | MSTATUS_ENDIAN));

	if (fast_writes(word)) {
		uint64_t value = fast_result(word >> 12 & 3, old, fast_operand(vcpu, word));

		if (((old ^ value) & MSTATUS_MIE) || ((old | value) & MSTATUS_MPRV) ||
		    field_get(MSTATUS_MPP, value) == 2)
			return trap_slow(vcpu);
		vcpu->mstatus = field_merge(machine.mstatus_mask, vcpu->mstatus, value);
		csr_write(CSR_mstatus, field_merge(MSTATUS_HARDWARE, physical, value));
	}
	return fast_finish(vcpu, word, pc, old);
}

/* `csrw pmpcfg0, rs1` and `csrw pmpcfg2, rs1` differ from each other in these bits only. */
#define CSRW_PMPCFG0 ((uint32_t)CSR_pmpcfg << 20 | CSR_OPERATION_WRITE << 12 | OPCODE_SYSTEM)
#define CSRW_PMPCFG_BITS (2u << 20 | 31u << 15)

/* The firmware's view changes at once, the others when they are next put in force. */
STEP_OF_FAST_PATH void fast_pmpcfg(struct vcpu *vcpu, uint32_t word, uint64_t pc)
{
	struct pmp *pmp = &vcpu->pmp;
	uint64_t i = word >> 21 & 1;

	if ((word & ~CSRW_PMPCFG_BITS) != CSRW_PMPCFG0 || pmp->words > 2 || pmp->current != PMP_VIEW_FIRMWARE)
		return trap_slow(vcpu);

	uint64_t old = pmp->virtual_config[i], value = fast_register(vcpu, word >> 15 & 31);
	uint64_t legal = pmp_legal_config(old, value, pmp->granule) & pmp->implemented[i];

	if (legal != old) {
		if (trace_is_on(vcpu->tracer, TRACE_PMP))
			return trap_slow(vcpu);
		pmp->virtual_config[i] = legal;
		pmp->locked |= legal & PMP_BYTES(PMPCFG_L);
		pmp->stale[PMP_VIEW_MPRV] = pmp->stale[PMP_VIEW_PAYLOAD] = true;
		pmp_place(pmp, PMP_VIEW_FIRMWARE, i);
		if (pmp_install_pair(pmp, PMP_VIEW_FIRMWARE))
			pmp_fence();
	}
	csr_write(CSR_mepc, pc + 4);
	return fast_return(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

STEP_OF_FAST_PATH void fast_other(struct vcpu *vcpu, uint32_t word, uint64_t pc, unsigned index)
{
	if (index == CSR_INDEX_mstatus)
		return fast_mstatus(vcpu, word, pc);
	if (index == CSR_INDEX_pmpcfg)
		return fast_pmpcfg(vcpu, word, pc);
	return trap_slow(vcpu);
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
		return word == INSTRUCTION_WORD_MRET ? fast_firmware_mret(vcpu) : trap_slow(vcpu);
	if (index >= CSR_MEMORY_COUNT)
		return fast_other(vcpu, word, pc, index);

	uint64_t old = vcpu->csr.by_index[index];

	if (fast_writes(word))
		vcpu->csr.by_index[index] =
			fast_result(operation, old, fast_operand(vcpu, word)) & vcpu->csr_mask.by_index[index];
	return fast_finish(vcpu, word, pc, old);
}
