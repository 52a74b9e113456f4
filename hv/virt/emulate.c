/* Emulates the privileged instructions that trap because the firmware physically runs in U-mode: CSR instructions,
 * returns, wfi, fences and cbo. This file also reads the instruction that trapped from the guest's memory. */
#include "hv/virt/emulate.h"

#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/virt/firmware_word.h"
#include "hv/virt/machine.h"

/* ---- the instruction word ---- */

static MUST_CHECK enum error fetch_halfword(const struct vcpu *vcpu, uint64_t status, uint64_t address,
					    uint32_t *halfword)
{
	uint64_t value = 0;
	enum error error = status & MSTATUS_MPV ? guarded_guest_fetch(status, address, vcpu->mode == MODE_USER, &value)
						: guarded_load(status, address, 2, &value);

	*halfword = (uint32_t)value;
	return error;
}

/* Reads the instruction at @p address while mstatus is @p status. Sets *@p word to 0 if it cannot be read. */
static COLD MUST_CHECK enum error fetch(const struct vcpu *vcpu, uint64_t status, uint64_t address, uint32_t *word)
{
	uint32_t low, high = 0;

	*word = 0;
	if (address % 2 != 0)
		return ERROR_TRAPPED;
	RETURN_IF_ERROR(fetch_halfword(vcpu, status, address, &low));
	if (instruction_is_long(low))
		RETURN_IF_ERROR(fetch_halfword(vcpu, status, address + 2, &high));
	*word = low | high << 16;
	return ERROR_NONE;
}

enum error vcpu_fetch(const struct vcpu *vcpu, uint64_t address, uint32_t *word)
{
	return fetch(vcpu, csr_read(CSR_mstatus) | MSTATUS_MPRV | MSTATUS_MXR, address, word);
}

/* Reads the firmware's trapped instruction. A load from RAM cannot fault. A load from a device may fault, so it is
 * guarded. */
static MUST_CHECK enum error fetch_of_firmware(struct vcpu *vcpu)
{
	struct trap *trap = &vcpu->trap;

	if (!firmware_word_stays(trap->pc))
		return fetch(vcpu, csr_read(CSR_mstatus), trap->pc, &trap->instruction);
	trap->instruction = firmware_word(trap->pc);
	return ERROR_NONE;
}

/* Whether the cause of the trap proves that the firmware has fetched the instruction that trapped. Only an instruction
 * that has been fetched can cause such a trap. hv may then read the instruction too. */
static bool was_fetched(const struct vcpu *vcpu)
{
	return vcpu->world == WORLD_FIRMWARE && vcpu->trap.cause - CAUSE_ILLEGAL <= CAUSE_ECALL_U - CAUSE_ILLEGAL;
}

/* mtval usually has the payload's instruction. But some instructions trap only because hv withholds a counter, and for
 * these QEMU leaves an old value in mtval. So hv reads the instruction itself while it withholds a counter. */
enum error vcpu_fault_instruction(struct vcpu *vcpu)
{
	struct trap *trap = &vcpu->trap;

	if (trap->instruction_known)
		return ERROR_NONE;

	bool has_value = vcpu->world == WORLD_PAYLOAD && trap->cause == CAUSE_ILLEGAL && trap->value != 0;
	enum error error = ERROR_TRAPPED;

	if (was_fetched(vcpu))
		error = fetch_of_firmware(vcpu);
	else if (!has_value || vcpu->counters_withheld)
		error = vcpu_fetch(vcpu, trap->pc, &trap->instruction);
	if (error && has_value) { /* mtval has the instruction, so it does not matter why the read failed */
		trap->instruction = (uint32_t)trap->value;
		error = ERROR_NONE;
	}
	trap->instruction_known = error == ERROR_NONE;
	return error;
}

/* ---- CSR instructions ---- */

static enum emulation emulate_csr(struct vcpu *vcpu, const struct instruction *instruction)
{
	const struct csr_instruction csr = {
		.number = instruction->csr,
		.operation = (enum csr_operation)instruction->operation,
		.rd = instruction->rd,
		.rs1 = instruction->rs1,
		.operand = instruction->csr_immediate ? instruction->rs1 : vcpu_reg(vcpu, instruction->rs1),
	};
	uint64_t old;

	if (csr_execute(vcpu, &csr, &old) != ERROR_NONE)
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
	/* hv executes each sinval.vma as an sfence.vma, which already orders more than these two instructions do. */
	vcpu_skip_instruction(vcpu);
	return EMULATION_DONE;
}

#define CACHE_BLOCK_BYTES 64ull /* the size on all machines that hv supports so far */

/* The firmware's cbo instructions trap because senvcfg is 0. In M-mode, only PMP restricts them (CMO chapter, 2.5). With MPRV
 * and MPP = U, the instruction has the rights with which the firmware physically runs, so modules' entries apply too. */
static COLD enum emulation emulate_cbo(struct vcpu *vcpu, const struct instruction *instruction)
{
	uint64_t operand = vcpu_reg(vcpu, instruction->rs1), block = operand & -CACHE_BLOCK_BYTES;
	bool zero = instruction->operation == CBO_ZERO;

	if (zero ? !machine.has_zicboz : !machine.has_zicbom)
		return EMULATION_ILLEGAL;
	/* The trap reports the address in rs1, not the start of the block (CMO chapter, 2.5). */
	vcpu->fault = (struct fault){ CAUSE_STORE_ACCESS, operand };
	if (vcpu->mprv_armed ||
	    !pmp_allows(vcpu, block, CACHE_BLOCK_BYTES, zero ? PMP_ACCESS_WRITE : PMP_ACCESS_READ, true) ||
	    !memory_is_guests(block) ||
	    guarded_cbo(csr_read(CSR_mstatus) | MSTATUS_MPRV, block, instruction->operation) != ERROR_NONE)
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
		if (CONFIG_HIDDEN_MSTATUS & MSTATUS_SPP) /* the payload's SPP and sepc are not the firmware's to use */
			return EMULATION_ILLEGAL;
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
