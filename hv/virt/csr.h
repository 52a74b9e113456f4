/* The CSRs that the firmware sees: where they live, and the CSR instructions that access them.
 * Called by the instruction emulator and by modules (vcpu_csr, vcpu_set_csr). Must not know physical PMP numbers,
 * devices, or which hart this is. The list itself is csr.def; the numbers are in hv/arch/csr_number.h. */
#ifndef HV_VIRT_CSR_H
#define HV_VIRT_CSR_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/csr_number.h"

struct vcpu;

/** Dense index of each line of csr.def: CSR_INDEX_mscratch and so on; the MEMORY ones come first. */
enum csr_index {
#define CSR(number, name, lives) CSR_INDEX_##name,
#define CSR_RANGE(first, name, count, lives) CSR_INDEX_##name,
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	CSR_INDEX_UNKNOWN
};

/** The virtual CSRs that live in memory, by name and by dense index. */
#define CSR_MEMORY_COUNT 4
union csr_memory {
	struct {
		uint64_t mscratch, mepc, mcause, mtval;
	};
	uint64_t by_index[CSR_MEMORY_COUNT];
};

/* The index table has pages of 256 CSR numbers, for the five kinds that have any: where each begins, by number >> 8. That
 * of the kinds that have none begins in the last, after its CSRs. */
#define CSR_PAGE_BYTES 256
#define CSR_LAST_PAGE (4 * CSR_PAGE_BYTES)
#define CSR_EMPTY_PAGE (CSR_LAST_PAGE + 0x16)
extern const uint16_t csr_page_of[16];
extern const uint8_t csr_index_table[CSR_EMPTY_PAGE + CSR_PAGE_BYTES];

/** Dense index of CSR @p number (0-4095); CSR_INDEX_UNKNOWN for what is hidden or not in csr.def. */
static inline unsigned csr_index_of(unsigned number)
{
	return csr_index_table[csr_page_of[number >> 8] + number % CSR_PAGE_BYTES];
}

/** What a CSR instruction does with its operand (Unprivileged ISA, Zicsr). */
enum csr_operation { CSR_OPERATION_WRITE = 1, CSR_OPERATION_SET = 2, CSR_OPERATION_CLEAR = 3 };

/** Reads the virtual CSR @p number (0-4095) as virtual M-mode does.
 * @return false where that is an illegal instruction: unknown, hidden, or absent on this machine. */
bool csr_virtual_read(struct vcpu *vcpu, unsigned number, uint64_t *value);

/** Applies @p operation with @p operand to virtual CSR @p number as virtual M-mode does: values are made legal, and
 * side effects (interrupt enables, MPRV, PMP) take place before the next instruction of the guest.
 * @return false where that is an illegal instruction; then nothing has changed. */
bool csr_virtual_write(struct vcpu *vcpu, unsigned number, enum csr_operation operation, uint64_t operand);

/** A CSR instruction, taken apart. */
struct csr_instruction {
	unsigned number;
	enum csr_operation operation;
	unsigned rd, rs1; /* register numbers; rs1 is the immediate itself in the immediate forms */
	uint64_t operand;
};

/** Carries out the CSR instruction @p instruction of virtual M-mode, except for rd and pc. csrrs and csrrc with rs1 = 0 do not
 * write, csrrw with rd = 0 does not read (Zicsr).
 * @param old what is to be written to rd
 * @return false where it is an illegal instruction; then nothing has changed */
bool csr_execute(struct vcpu *vcpu, const struct csr_instruction *instruction, uint64_t *old);

/** What @p operation with @p operand makes of @p old (Zicsr). Pure. */
PART_OF_FAST_PATH uint64_t csr_operation_result(enum csr_operation operation, uint64_t old, uint64_t operand)
{
	if (operation == CSR_OPERATION_WRITE)
		return operand;
	return operation == CSR_OPERATION_SET ? old | operand : old & ~operand;
}

#endif
