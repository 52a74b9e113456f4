/* The CSRs that the firmware sees: where each of them lives, and the CSR instructions that access them.
 * Called by the instruction emulator, and by modules through vcpu_csr and vcpu_set_csr. Must not know physical PMP
 * entry numbers, devices, or which hart it runs on. abi/csr.def is the list of the CSRs; hv/arch/csr_number.h has their
 * numbers. */
#ifndef HV_VIRT_CSR_H
#define HV_VIRT_CSR_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/csr_number.h"
#include "hv/arch/error.h"
#include "hv/virt/csr_index.h"

struct vcpu;

/** The number of CSRs that live in memory (MEMORY in csr.def). */
#define COUNTS_MEMORY +1
#define COUNTS_HARDWARE
#define COUNTS_CONSTANT
#define COUNTS_CODE
#define COUNTS_HIDDEN
#define CSR(number, name, lives) COUNTS_##lives
#define CSR_RANGE(first, name, count, lives) COUNTS_##lives
enum {
	CSR_MEMORY_COUNT = 0
#include "abi/csr.def"
};
#undef CSR
#undef CSR_RANGE

/** The virtual CSRs that live in memory. Each can be accessed by its name or by its dense index. */
#define MEMBER_MEMORY(name) uint64_t name;
#define MEMBER_HARDWARE(name)
#define MEMBER_CONSTANT(name)
#define MEMBER_CODE(name)
#define MEMBER_HIDDEN(name)
#define CSR(number, name, lives) MEMBER_##lives(name)
#define CSR_RANGE(first, name, count, lives)
union csr_memory {
	struct {
#include "abi/csr.def"
	};
	uint64_t by_index[CSR_MEMORY_COUNT];
};
#undef CSR
#undef CSR_RANGE

/** The operation of a CSR instruction (Unprivileged ISA, Zicsr). It writes the operand, or it sets or clears the bits
 * that are 1 in the operand. The values are bits 13:12 of the instruction. */
enum csr_operation { CSR_OPERATION_WRITE = 1, CSR_OPERATION_SET = 2, CSR_OPERATION_CLEAR = 3 };

/** Reads a virtual CSR as an instruction of virtual M-mode does. Runs on the hart of @p vcpu.
 * @param number 0-4095
 * @return ERROR_TRAPPED if the read is an illegal instruction: the CSR is unknown, hidden, or absent on this machine */
enum error csr_virtual_read(struct vcpu *vcpu, unsigned number, uint64_t *value) MUST_CHECK;

/** Writes a virtual CSR as an instruction of virtual M-mode does. hv first makes the value legal. The side effects of
 * the write on interrupt enables, MPRV and PMP take place before the guest's next instruction. Runs on the hart of
 * @p vcpu.
 * @param number  0-4095
 * @param operand the value to write, or the bits to set or clear
 * @return ERROR_TRAPPED if the write is an illegal instruction; then nothing has changed */
enum error csr_virtual_write(struct vcpu *vcpu, unsigned number, enum csr_operation operation,
			     uint64_t operand) MUST_CHECK;

/** A decoded CSR instruction. */
struct csr_instruction {
	unsigned number;
	enum csr_operation operation;
	unsigned rd, rs1; /* register numbers; in the immediate forms, rs1 is the immediate itself */
	uint64_t operand;
};

/** Carries out a CSR instruction of virtual M-mode. It does not write rd and does not move pc; the caller does both. As
 * Zicsr requires, csrrs and csrrc with rs1 = 0 do not write, and csrrw with rd = 0 does not read.
 * @param old receives the value for rd; undefined after an error
 * @return ERROR_TRAPPED if the instruction is illegal; then nothing has changed */
enum error csr_execute(struct vcpu *vcpu, const struct csr_instruction *instruction, uint64_t *old) MUST_CHECK;

/** The value that a CSR has after @p operation with @p operand, if it held @p old before (Zicsr). This function does
 * not apply the WARL rules. Pure. */
PART_OF_FAST_PATH uint64_t csr_operation_result(enum csr_operation operation, uint64_t old, uint64_t operand)
{
	if (operation == CSR_OPERATION_WRITE)
		return operand;
	return operation == CSR_OPERATION_SET ? old | operand : old & ~operand;
}

#endif
