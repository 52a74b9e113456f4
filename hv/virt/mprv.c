/* Loads, stores and AMOs that hv makes on behalf of a guest, because MPRV is armed or because the access is misaligned.
 * hv sets mstatus so that MPRV gives the guest's rights to the access, and makes the access under a guard. This file
 * also decodes accesses for device models. */
#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/virt/emulate.h"
#include "hv/virt/machine.h"
#include "hv/virt/upcalls.h"

#define FUNCT5_OR 0x08

/* ---- registers ---- */

static uint64_t store_operand(const struct vcpu *vcpu, const struct instruction *instruction)
{
	return instruction->is_float ? float_register_read(instruction->rs2) : vcpu_reg(vcpu, instruction->rs2);
}

static uint64_t sign_extend(uint64_t value, unsigned width)
{
	unsigned unused = 64 - 8 * width;

	return (uint64_t)((int64_t)(value << unused) >> unused);
}

static void set_loaded(struct vcpu *vcpu, const struct instruction *instruction, uint64_t value)
{
	if (instruction->is_float) { /* if the value is narrower than the register, it is NaN-boxed */
		float_register_write(instruction->rd,
				     instruction->width == 8 ? value : value | ~0ull << 8 * instruction->width);
		csr_set(CSR_mstatus, MSTATUS_FS);
	} else {
		vcpu_set_reg(vcpu, instruction->rd,
			     instruction->is_signed ? sign_extend(value, instruction->width) : value);
	}
}

/* ---- accesses, during which mstatus has the value `status` ---- */

static MUST_CHECK enum error load_bytes(uint64_t status, uint64_t address, unsigned width, uint64_t *value)
{
	uint64_t result = 0;

	for (unsigned i = 0; i < width; i++) {
		uint64_t byte;

		RETURN_IF_ERROR(guarded_load(status, address + i, 1, &byte));
		result |= byte << 8 * i;
	}
	*value = result;
	return ERROR_NONE;
}

/* Tests that all words of a store may be written. PMP may treat each word differently, so an atomic OR with 0 tests
 * each word without changing it. If a word faults, mtval becomes the address of the first byte of the store in that
 * word. This byte need not be the first byte of the word. */
static MUST_CHECK enum error try_store(uint64_t status, uint64_t address, unsigned width)
{
	uint64_t first = address & ~3ull, end = (address + width + 3) & ~3ull, old;

	for (uint64_t word = first; word != end; word += 4) { /* the store may wrap around to address 0 */
		if (guarded_amo(status, word, 4, FUNCT5_OR, 0, &old) == ERROR_NONE)
			continue;
		if (word == first)
			csr_write(CSR_mtval, address);
		return ERROR_TRAPPED;
	}
	return ERROR_NONE;
}

static MUST_CHECK enum error store_bytes(uint64_t status, uint64_t address, unsigned width, uint64_t value)
{
	RETURN_IF_ERROR(try_store(status, address, width));
	for (unsigned i = 0; i < width; i++)
		RETURN_IF_ERROR(guarded_store(status, address + i, 1, value >> 8 * i));
	return ERROR_NONE;
}

/* Whether the last guarded access failed because it is misaligned. hv makes a misaligned access byte by byte only if
 * the machine does not support misaligned accesses. If the machine supports them, its own PMP check decides about an
 * access that matches an entry only in part (3.7.1.3), as it decides about accesses that hv does not emulate. */
static bool was_misaligned(void)
{
	uint64_t cause = csr_read(CSR_mcause);

	return cause == CAUSE_LOAD_MISALIGNED || cause == CAUSE_STORE_MISALIGNED;
}

static MUST_CHECK enum error load_any(uint64_t status, uint64_t address, unsigned width, uint64_t *value)
{
	enum error error = guarded_load(status, address, width, value);

	return error && was_misaligned() ? load_bytes(status, address, width, value) : error;
}

static MUST_CHECK enum error store_any(uint64_t status, uint64_t address, unsigned width, uint64_t value)
{
	enum error error = guarded_store(status, address, width, value);

	return error && was_misaligned() ? store_bytes(status, address, width, value) : error;
}

static MUST_CHECK enum error try_access(struct vcpu *vcpu, uint64_t status, uint64_t address,
					const struct instruction *instruction, uint64_t *loaded)
{
	switch (instruction->kind) {
	case INSTRUCTION_LOAD:
		return load_any(status, address, instruction->width, loaded);
	case INSTRUCTION_STORE:
		return store_any(status, address, instruction->width, store_operand(vcpu, instruction));
	default:
		return guarded_amo(status, address, instruction->width, instruction->operation,
				   vcpu_reg(vcpu, instruction->rs2), loaded);
	}
}

/* Makes the access. With few PMP entries, a fault may only mean that a range has to be loaded first. */
static MUST_CHECK enum error make_access(struct vcpu *vcpu, uint64_t status, uint64_t address,
					 const struct instruction *instruction, uint64_t *loaded)
{
	enum error error = try_access(vcpu, status, address, instruction, loaded);

	while (CONFIG_PMP_FEW && error) {
		uint64_t at = csr_read(CSR_mtval);

		if (!vcpu_refill(vcpu, csr_read(CSR_mcause), at, instruction->width - (unsigned)(at - address)))
			break;
		error = try_access(vcpu, status, address, instruction, loaded);
	}
	return error;
}

/* Passes the exception of the last guarded access to the guest. */
static enum emulation guest_fault(struct vcpu *vcpu)
{
	vcpu->fault = (struct fault){ csr_read(CSR_mcause), csr_read(CSR_mtval) };
	return EMULATION_FAULT;
}

static bool is_access(const struct instruction *instruction)
{
	return instruction->kind == INSTRUCTION_LOAD || instruction->kind == INSTRUCTION_STORE ||
	       instruction->kind == INSTRUCTION_AMO;
}

static uint64_t effective_address(const struct vcpu *vcpu, const struct instruction *instruction)
{
	return vcpu_reg(vcpu, instruction->rs1) + (uint64_t)(int64_t)instruction->offset;
}

enum emulation emulate_mprv(struct vcpu *vcpu, const struct instruction *instruction)
{
	uint64_t status = csr_read(CSR_mstatus) & ~(MSTATUS_MPP | MSTATUS_MPV);
	uint64_t loaded = 0;

	if (!is_access(instruction)) { /* hv does not emulate LR/SC, because an LR loses its reservation in the exit */
		vcpu->fault = (struct fault){ vcpu->trap.cause, vcpu->trap.value };
		return EMULATION_FAULT;
	}
	/* The hardware would have refused the access. Another hart has written the instruction after the hardware read it. */
	if (CONFIG_HIDE_EXTENSION_STATE && instruction->is_float && !(status & MSTATUS_FS)) {
		vcpu->fault = (struct fault){ CAUSE_ILLEGAL, vcpu->trap.instruction };
		return EMULATION_FAULT;
	}
	status |= MSTATUS_MPRV | (vcpu->mstatus & MSTATUS_MPP) | (vcpu->payload_status & MSTATUS_MPV);
	csr_write(CSR_satp, vcpu->satp);
	pmp_install(vcpu, PMP_VIEW_REDIRECTED);

	enum error error = make_access(vcpu, status, effective_address(vcpu, instruction), instruction, &loaded);

	csr_write(CSR_satp, 0);
	if (error)
		(void)guest_fault(vcpu);
	pmp_install(vcpu, PMP_VIEW_MPRV);
	if (error)
		return EMULATION_FAULT;
	if (instruction->kind != INSTRUCTION_STORE)
		set_loaded(vcpu, instruction, loaded);
	vcpu_skip_instruction(vcpu);
	return EMULATION_DONE;
}

/* The mstatus for an access with the guest's own rights. In the payload world, MPP is the payload's mode. In the
 * firmware world, MPP is U, because the firmware physically runs in U-mode. */
static uint64_t guest_rights(void)
{
	return csr_read(CSR_mstatus) | MSTATUS_MPRV; /* MPP is U in the firmware world */
}

enum emulation emulate_access(struct vcpu *vcpu, const struct instruction *instruction)
{
	uint64_t loaded = 0;

	if (!is_access(instruction) || (instruction->is_float && !(csr_read(CSR_mstatus) & MSTATUS_FS)))
		return EMULATION_ILLEGAL;
	if (make_access(vcpu, guest_rights(), effective_address(vcpu, instruction), instruction, &loaded) != ERROR_NONE)
		return guest_fault(vcpu);
	if (instruction->kind != INSTRUCTION_STORE)
		set_loaded(vcpu, instruction, loaded);
	return EMULATION_DONE;
}

/* ---- devices ---- */

enum error access_decode(const struct vcpu *vcpu, const struct instruction *instruction, uint64_t address,
			 struct access *access)
{
	if (!is_access(instruction) || instruction->is_float ||
	    effective_address(vcpu, instruction) !=
		    vcpu->trap.value) /* the access starts outside the device and extends into it */
		return ERROR_UNSUPPORTED;
	*access = (struct access){
		.address = address,
		.value = vcpu_reg(vcpu, instruction->rs2),
		.width = instruction->width,
		.store = instruction->kind == INSTRUCTION_STORE,
		.amo = instruction->kind == INSTRUCTION_AMO,
		.funct5 = instruction->operation,
	};
	return ERROR_NONE;
}

void access_complete(struct vcpu *vcpu, const struct instruction *instruction, const struct access *access)
{
	if (!access->store)
		set_loaded(vcpu, instruction, access->value);
	vcpu_skip_instruction(vcpu);
}

uint64_t amo_result(unsigned funct5, unsigned width, uint64_t old, uint64_t operand)
{
	int64_t a = (int64_t)sign_extend(old, width), b = (int64_t)sign_extend(operand, width);
	uint64_t unused = 64 - 8 * width;
	bool below = old << unused < operand << unused;

	switch (funct5) {
	case 0x00:
		return old + operand;
	case 0x01:
		return operand;
	case 0x04:
		return old ^ operand;
	case 0x08:
		return old | operand;
	case 0x0c:
		return old & operand;
	case 0x10:
		return a < b ? old : operand;
	case 0x14:
		return a < b ? operand : old;
	case 0x18:
		return below ? old : operand;
	default:
		return below ? operand : old;
	}
}

enum emulation emulate_misaligned(struct vcpu *vcpu)
{
	if ((csr_read(CSR_mstatus) & MSTATUS_MPV) || vcpu_fault_instruction(vcpu) != ERROR_NONE)
		return EMULATION_ILLEGAL;

	struct instruction instruction = instruction_decode(vcpu->trap.instruction);

	if (instruction.kind != INSTRUCTION_LOAD && instruction.kind != INSTRUCTION_STORE)
		return EMULATION_ILLEGAL;

	enum emulation result = emulate_access(vcpu, &instruction);

	if (result == EMULATION_DONE)
		vcpu_skip_instruction(vcpu);
	return result;
}
