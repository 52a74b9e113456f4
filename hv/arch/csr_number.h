/* The numbers of the CSRs that hv names, and the positions of their thunks: enumerations made from csr.def.
 * Included by hv/arch/csr.h, so that all code that accesses a CSR has them. Must not know which of them guests see,
 * or where a virtual CSR lives; that is the task of hv/virt/csr.h. */
#ifndef HV_ARCH_CSR_NUMBER_H
#define HV_ARCH_CSR_NUMBER_H

/** The numbers of all CSRs that hv names: CSR_mstatus and so on. For a range, CSR_pmpcfg is its first number and
 * CSR_pmpcfg_last its last one. */
enum csr_number {
#define CSR(number, name, lives) CSR_##name = (number),
#define CSR_RANGE(first, name, count, lives) CSR_##name = (first), CSR_##name##_last = (first) + (count)-1,
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	CSR_COUNT = 4096
};

/** The position of each CSR's thunks in the tables of hv/arch/guard.h: CSR_SLOT_mstatus and so on. For a range, this
 * is the position of its first CSR; the others follow. */
enum csr_slot {
#define CSR(number, name, lives) CSR_SLOT_##name,
#define CSR_RANGE(first, name, count, lives) CSR_SLOT_##name, CSR_SLOT_##name##_last = CSR_SLOT_##name + (count)-1,
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	CSR_SLOT_COUNT
};

/** Number of 64-bit words in a set that has one bit for each slot. */
#define CSR_SLOT_WORDS ((CSR_SLOT_COUNT + 63) / 64)

#endif
