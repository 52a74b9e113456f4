/* Privileged instructions of virtual M-mode, and the trapped instruction's word. */
#include "hv/virt/emulate.h"

#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/virt/machine.h"

/* ---- the instruction word ---- */

static bool fetch_halfword(const struct vcpu *vcpu, uint64_t status, uint64_t address, uint32_t *halfword)
{
	uint64_t value = 0;
	bool ok = status & MSTATUS_MPV ? guarded_guest_fetch(status, address, vcpu->mode == MODE_USER, &value)
				       : guarded_load(status | MSTATUS_MPRV | MSTATUS_MXR, address, 2, &value);

	*halfword = (uint32_t)value;
	return ok;
}

bool vcpu_fetch(const struct vcpu *vcpu, uint64_t address, uint32_t *word)
{
	uint64_t status = csr_read(CSR_mstatus);
	uint32_t high = 0;

	if (address % 2 != 0 || !fetch_halfword(vcpu, status, address, word))
		return false;
	if (instruction_is_long(*word) && !fetch_halfword(vcpu, status, address + 2, &high))
		return false;
	*word |= high << 16;
	return true;
}

static uint32_t read_firmware_instruction(const struct vcpu *vcpu)
{
	const uint16_t *at = (const uint16_t *)vcpu->trap.pc;
	uint32_t word = at[0];

	if (instruction_is_long(word))
		word |= (uint32_t)at[1] << 16;
	return word;
}

bool vcpu_fault_instruction(struct vcpu *vcpu)
{
	struct trap *trap = &vcpu->trap;

	if (trap->instruction_known)
		return true;
	trap->instruction_known = true;
	if (vcpu->world == WORLD_FIRMWARE && trap->cause - CAUSE_ILLEGAL <= CAUSE_ECALL_U - CAUSE_ILLEGAL) /* fetched */
		trap->instruction = read_firmware_instruction(vcpu);
	else if (trap->cause == CAUSE_ILLEGAL && trap->value != 0)
		trap->instruction = (uint32_t)trap->value;
	else
		trap->instruction_known = vcpu_fetch(vcpu, trap->pc, &trap->instruction);
	return trap->instruction_known;
}

/* ---- CSR instructions ---- */

static enum emulation emulate_csr(struct vcpu *vcpu, const struct instruction *instruction)
{
	enum csr_operation operation = (enum csr_operation)instruction->operation;
	uint64_t operand = instruction->csr_immediate ? instruction->rs1 : vcpu_reg(vcpu, instruction->rs1);
	bool reads = operation != CSR_OPERATION_WRITE || instruction->rd != 0;
	bool writes = operation == CSR_OPERATION_WRITE || instruction->rs1 != 0;
	uint64_t old = 0;

	if (reads && !csr_virtual_read(vcpu, instruction->csr, &old))
		return EMULATION_ILLEGAL;
	if (writes && !csr_virtual_write(vcpu, instruction->csr, operation, operand))
		return EMULATION_ILLEGAL;
	vcpu_set_reg(vcpu, instruction->rd, old);
	vcpu_skip_instruction(vcpu);
	return EMULATION_DONE;
}

/* ---- fences and cache blocks ---- */

static COLD enum emulation emulate_sfence(struct vcpu *vcpu, const struct instruction *instruction)
{
	uint64_t address = vcpu_reg(vcpu, instruction->rs1);
	uint64_t asid = vcpu_reg(vcpu, instruction->rs2);

	if (instruction->rs1 && instruction->rs2)
		fence_translations_of(address, asid);
	else if (instruction->rs1)
		fence_translations_of_address(address);
	else if (instruction->rs2)
		fence_translations_of_asid(asid);
	else
		fence_translations();
	vcpu_skip_instruction(vcpu);
	return EMULATION_DONE;
}

static COLD enum emulation emulate_sinval(struct vcpu *vcpu, const struct instruction *instruction)
{
	if (!machine.has_svinval)
		return EMULATION_ILLEGAL;
	if (instruction->kind == INSTRUCTION_SINVAL_VMA)
		return emulate_sfence(vcpu, instruction);
	vcpu_skip_instruction(vcpu); /* sfence.vma in sinval's place orders more than these two ask for */
	return EMULATION_DONE;
}

#define CACHE_BLOCK_BYTES 64ull /* of all machines so far */

/* cbo.* of the firmware trap because senvcfg is 0; in M-mode only PMP binds them (CMO chapter, 2.5). */
static COLD enum emulation emulate_cbo(struct vcpu *vcpu, const struct instruction *instruction)
{
	uint64_t operand = vcpu_reg(vcpu, instruction->rs1), block = operand & -CACHE_BLOCK_BYTES;
	bool zero = instruction->operation == CBO_ZERO;

	if (zero ? !machine.has_zicboz : !machine.has_zicbom)
		return EMULATION_ILLEGAL;
	vcpu->fault = (struct fault){ CAUSE_STORE_ACCESS, operand }; /* not the block's address: so the CMO chapter */
	if (vcpu->mprv_armed ||
	    !pmp_allows(vcpu, block, CACHE_BLOCK_BYTES, zero ? PMP_ACCESS_WRITE : PMP_ACCESS_READ, true) ||
	    !memory_is_guests(block) || !guarded_cbo(csr_read(CSR_mstatus), block, instruction->operation))
		return EMULATION_FAULT;
	vcpu_skip_instruction(vcpu);
	return EMULATION_DONE;
}

enum emulation emulate_privileged(struct vcpu *vcpu)
{
	struct instruction instruction = instruction_decode(vcpu->trap.instruction);

	switch (instruction.kind) {
	case INSTRUCTION_CSR:
		return emulate_csr(vcpu, &instruction);
	case INSTRUCTION_MRET:
		vcpu_mret(vcpu);
		return EMULATION_DONE;
	case INSTRUCTION_SRET:
		vcpu_sret(vcpu);
		return EMULATION_DONE;
	case INSTRUCTION_WFI:
		return EMULATION_WFI;
	case INSTRUCTION_WRS_NTO:
		if (!machine.has_zawrs)
			return EMULATION_ILLEGAL;
		vcpu_skip_instruction(vcpu);
		return EMULATION_DONE;
	case INSTRUCTION_SFENCE_VMA:
		return emulate_sfence(vcpu, &instruction);
	case INSTRUCTION_SINVAL_VMA:
	case INSTRUCTION_SFENCE_W_INVAL:
	case INSTRUCTION_SFENCE_INVAL_IR:
		return emulate_sinval(vcpu, &instruction);
	case INSTRUCTION_CBO:
		return emulate_cbo(vcpu, &instruction);
	default:
		return EMULATION_ILLEGAL;
	}
}
