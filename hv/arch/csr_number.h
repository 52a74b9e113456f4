/* The numbers of the CSRs that hv names, and the positions of their thunks. Both are enumerations made from csr.def.
 * Included by hv/arch/csr.h, so that all code that accesses a CSR has them. Must not know which CSRs guests see, or
 * where a virtual CSR lives. hv/virt/csr.h knows this. */
#ifndef HV_ARCH_CSR_NUMBER_H
#define HV_ARCH_CSR_NUMBER_H

/** The numbers of all CSRs that hv names: CSR_mstatus and so on. For a range such as pmpcfg, CSR_pmpcfg is the first
 * number and CSR_pmpcfg_last is the last number. */
enum csr_number {
#define CSR(number, name, lives) CSR_##name = (number),
#define CSR_RANGE(first, name, count, lives) CSR_##name = (first), CSR_##name##_last = (first) + (count)-1,
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	CSR_COUNT = 4096
};

/** The position of each CSR's thunks in the tables of hv/arch/guard.h: CSR_SLOT_mstatus and so on. For a range, this is
 * the position of the first CSR, and the other CSRs of the range follow. */
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
