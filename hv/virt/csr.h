/* The CSRs that the firmware sees: their numbers, where they live, and the CSR instructions that access them.
 * Called by the instruction emulator and by modules (vcpu_csr, vcpu_set_csr). Must not know physical PMP numbers,
 * devices, or which hart this is. The list itself is csr.def. */
#ifndef HV_VIRT_CSR_H
#define HV_VIRT_CSR_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;
struct guarded;

/** CSR_mstatus and so on: the numbers of all CSRs that hv names. */
enum csr_number {
#define CSR(number, name, lives) CSR_##name = (number),
#define CSR_RANGE(first, name, count, lives) CSR_##name = (first), CSR_##name##_last = (first) + (count)-1,
#include "hv/virt/csr.def"
#undef CSR
#undef CSR_RANGE
	CSR_COUNT = 4096
};

/** Dense index of each line of csr.def: CSR_INDEX_mscratch and so on; the MEMORY ones come first. */
enum csr_index {
#define CSR(number, name, lives) CSR_INDEX_##name,
#define CSR_RANGE(first, name, count, lives) CSR_INDEX_##name,
#include "hv/virt/csr.def"
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

/** CSR number (0-4095) -> enum csr_index; CSR_INDEX_UNKNOWN for what is not in csr.def. */
extern const uint8_t csr_index_of[CSR_COUNT];

/** What a CSR instruction does with its operand (Unprivileged ISA, Zicsr). */
enum csr_operation { CSR_OPERATION_WRITE = 1, CSR_OPERATION_SET = 2, CSR_OPERATION_CLEAR = 3 };

/** Reads the virtual CSR @p number (0-4095) as virtual M-mode does.
 * @return false where that is an illegal instruction: unknown, hidden, or absent on this machine. */
bool csr_virtual_read(struct vcpu *vcpu, unsigned number, uint64_t *value);

/** Applies @p operation with @p operand to virtual CSR @p number as virtual M-mode does: values are made legal, and
 * side effects (interrupt enables, MPRV, PMP) take place before the next instruction of the guest.
 * @return false where that is an illegal instruction; then nothing has changed. */
bool csr_virtual_write(struct vcpu *vcpu, unsigned number, enum csr_operation operation, uint64_t operand);

/** Reads and writes *physical* CSR @p number, which csr.def must list, under a guard.
 * @return .ok = 0 where the machine does not have it. Any context with interrupts off. */
struct guarded csr_physical_read(unsigned number);
struct guarded csr_physical_write(unsigned number, uint64_t value);

/** What @p operation with @p operand makes of @p old (Zicsr). Pure. */
uint64_t csr_operation_result(enum csr_operation operation, uint64_t old, uint64_t operand);

#endif
