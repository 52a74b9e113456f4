/* Reads and writes of virtual CSRs. csr_index_of maps a CSR number to its line of csr.def. Two switch statements are
 * made from the same list, one for reads and one for writes. For each line they select the code that fits the CSR: some
 * CSRs live in struct vcpu, some in the hardware, and some have a function. */
#include "hv/virt/csr.h"

#include <stddef.h>

#include "hv/arch/access.h"
#include "hv/virt/csr_read.h"
#include "hv/virt/transition.h"
#include "hv/virt/upcalls.h"
#include "hv/virt/vcpu.h"

#define IS_FIRST_MEMORY(name)                                                                                          \
	_Static_assert(offsetof(union csr_memory, name) == sizeof(uint64_t) * CSR_INDEX_##name,                        \
		       #name ": the CSRs that live in MEMORY come first in csr.def");
#define IS_FIRST_HARDWARE(name)
#define IS_FIRST_CONSTANT(name)
#define IS_FIRST_CODE(name)
#define IS_FIRST_HIDDEN(name)
#define CSR(number, name, lives) IS_FIRST_##lives(name)
#define CSR_RANGE(first, name, count, lives)                                                                           \
	_Static_assert(COUNTS_##lives + 0 == 0, #name ": a range cannot live in MEMORY");
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE

/* ---- CSRs that live in hardware ---- */

enum error csr_hardware_read(struct vcpu *vcpu, unsigned slot, uint64_t *value)
{
	struct guarded result = csr_physical_read(slot);

	*value = result.value;
	RETURN_IF_ERROR(guarded_error(result));
	vcpu->csr_readable[slot / 64] |= 1ull << slot % 64;
	return ERROR_NONE;
}

static MUST_CHECK enum error csr_hardware_write(struct vcpu *vcpu, unsigned slot, uint64_t value)
{
	RETURN_IF_ERROR(guarded_error(csr_physical_write(slot, value)));
	vcpu->csr_writable[slot / 64] |= 1ull << slot % 64;
	return ERROR_NONE;
}

/* ---- dispatch ---- */

/* The dense index of CSR @p number, also if a module guards the CSR. */
static unsigned line_of(unsigned number)
{
	unsigned index = csr_index_of(number);

	return CONFIG_GUARDED && index == CSR_INDEX_UNKNOWN ? csr_guarded_index_of(number) : index;
}

#define READ_MEMORY(number, name) return *value = vcpu->csr.name, ERROR_NONE;
#define READ_HARDWARE(number, name) return csr_hardware_read(vcpu, CSR_SLOT_##name + csr - (number), value);
#define READ_CONSTANT(number, name) return csr_hardware_read(vcpu, CSR_SLOT_##name, value);
#define READ_CODE(number, name) return csr_read_##name(vcpu, csr - (number), value);
#define READ_HIDDEN(number, name) return ERROR_TRAPPED;

enum error csr_virtual_read(struct vcpu *vcpu, unsigned csr, uint64_t *value)
{
	switch (line_of(csr)) {
#define CSR(number, name, lives)                                                                                       \
	case CSR_INDEX_##name:                                                                                         \
		READ_##lives(number, name)
#define CSR_RANGE(first, name, count, lives) CSR(first, name, lives)
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	}
	return ERROR_TRAPPED;
}

#define WRITE_MEMORY(number, name) return vcpu->csr.name = value & vcpu->csr_mask.name, ERROR_NONE;
#define WRITE_HARDWARE(number, name) return csr_hardware_write(vcpu, CSR_SLOT_##name + csr - (number), value);
#define WRITE_CONSTANT(number, name) return ERROR_TRAPPED;
#define WRITE_CODE(number, name) return csr_write_##name(vcpu, csr - (number), value);
#define WRITE_HIDDEN(number, name) return ERROR_TRAPPED;

static MUST_CHECK enum error csr_set_value(struct vcpu *vcpu, unsigned csr, uint64_t value)
{
	switch (line_of(csr)) {
#define CSR(number, name, lives)                                                                                       \
	case CSR_INDEX_##name:                                                                                         \
		WRITE_##lives(number, name)
#define CSR_RANGE(first, name, count, lives) CSR(first, name, lives)
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	}
	return ERROR_TRAPPED;
}

/* The write part of a CSR instruction. @p old is the value that the read part of the instruction has read. For csrrw it
 * is not used. */
static MUST_CHECK enum error csr_write_over(struct vcpu *vcpu, unsigned csr, enum csr_operation operation,
					    uint64_t operand, uint64_t old)
{
	if (csr >> 10 == 3) /* the number itself marks the CSR as read-only (2.1) */
		return ERROR_TRAPPED;
	if (line_of(csr) == CSR_INDEX_mip) {
		transition_apply_mip(operation, operand, 0);
		return ERROR_NONE;
	}
	return csr_set_value(vcpu, csr, csr_operation_result(operation, old, operand));
}

enum error csr_virtual_write(struct vcpu *vcpu, unsigned csr, enum csr_operation operation, uint64_t operand)
{
	uint64_t old = 0;

	if (operation != CSR_OPERATION_WRITE)
		RETURN_IF_ERROR(csr_virtual_read(vcpu, csr, &old));
	return csr_write_over(vcpu, csr, operation, operand, old);
}

/* ---- CSRs that modules guard, and bits that they hide from the firmware ---- */

/* Asks the modules that guard the CSR. Returns whether one of them has taken over the access. Only then, *@p value may
 * have changed. */
static COLD bool is_taken_over(struct vcpu *vcpu, unsigned csr, bool write, uint64_t *value)
{
	uint64_t answer = *value;

	if (!csr_is_guarded(csr) || !vcpu_csr_access(vcpu, csr, write, &answer))
		return false;
	*value = answer;
	return true;
}

/* Tells the modules that the firmware tries to set bits of CONFIG_REPORTED_MSTATUS, as the write of @p value. The answer does not
 * matter: hidden bits do not change in any case. A module that guards mstatus is asked about the write anyway. */
static COLD void report_hidden(struct vcpu *vcpu, unsigned csr, uint64_t value)
{
	if (csr == CSR_mstatus && (value & CONFIG_REPORTED_MSTATUS) && !csr_is_guarded(csr))
		(void)vcpu_csr_access(vcpu, csr, true, &value);
}

#define MODULES_DECIDE                                                                                                 \
	(CONFIG_GUARDED || CONFIG_HIDDEN_MSTATUS || CONFIG_HIDDEN_MIP || CONFIG_HIDDEN_MIP_READS || CONFIG_HIDDEN_MIE)

/* Does what csr_execute does, in images whose modules guard CSRs or hide bits. The set and clear forms change the value that
 * the firmware has read. This function always reads the CSR, because hidden bits keep their values, and because the modules
 * are not asked about a CSR that does not exist. */
static COLD MUST_CHECK enum error execute_as_modules_want(struct vcpu *vcpu, const struct csr_instruction *instruction,
							  bool writes, uint64_t *old)
{
	unsigned csr = instruction->number;
	uint64_t hidden = csr_hidden_bits(line_of(csr));
	enum csr_operation operation = instruction->operation;
	uint64_t real, value;

	if (writes && csr >> 10 == 3)
		return ERROR_TRAPPED;
	RETURN_IF_ERROR(csr_virtual_read(vcpu, csr, &real));
	*old = real & ~hidden;
	if (operation != CSR_OPERATION_WRITE || instruction->rd != 0)
		(void)is_taken_over(vcpu, csr, false, old);
	value = csr_operation_result(operation, *old, instruction->operand);
	if (writes)
		report_hidden(vcpu, csr, value);
	if (!writes || is_taken_over(vcpu, csr, true, &value))
		return ERROR_NONE;
	if (line_of(csr) == CSR_INDEX_mip) {
		transition_apply_mip(operation, instruction->operand, CONFIG_HIDDEN_MIP);
		return ERROR_NONE;
	}
	return csr_set_value(vcpu, csr, field_merge(hidden, value, real));
}

enum error csr_execute(struct vcpu *vcpu, const struct csr_instruction *instruction, uint64_t *old)
{
	enum csr_operation operation = instruction->operation;
	bool reads = operation != CSR_OPERATION_WRITE || instruction->rd != 0;
	bool writes = operation == CSR_OPERATION_WRITE || instruction->rs1 != 0;

	if (MODULES_DECIDE) /* for all CSRs, so that the image contains the code of each CSR once */
		return execute_as_modules_want(vcpu, instruction, writes, old);
	*old = 0;
	/* Both accesses can fail only with ERROR_TRAPPED. If this function returned their results instead of the
	 * constant, the compiler would duplicate parts of the inlined switches, about 110 instructions. */
	if (reads && csr_virtual_read(vcpu, instruction->number, old) != ERROR_NONE)
		return ERROR_TRAPPED;
	if (writes && csr_write_over(vcpu, instruction->number, operation, instruction->operand, *old) != ERROR_NONE)
		return ERROR_TRAPPED;
	return ERROR_NONE;
}
