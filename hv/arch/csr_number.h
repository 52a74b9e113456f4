/* Numbers of the CSRs that hv names, and where each has its thunks: enumerations made from csr.def.
 * Included by hv/arch/csr.h, so that everything that accesses a CSR has them. Must not know which of them guests see, or
 * where a virtual CSR lives: that is hv/virt/csr.h. */
#ifndef HV_ARCH_CSR_NUMBER_H
#define HV_ARCH_CSR_NUMBER_H

/** CSR_mstatus and so on: the numbers of all CSRs that hv names. Of a range, CSR_pmpcfg is the first and CSR_pmpcfg_last
 * the last. */
enum csr_number {
#define CSR(number, name, lives) CSR_##name = (number),
#define CSR_RANGE(first, name, count, lives) CSR_##name = (first), CSR_##name##_last = (first) + (count)-1,
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	CSR_COUNT = 4096
};

/** Position of each CSR's thunks (hv/arch/guard.h): CSR_SLOT_mstatus and so on; a range's first, the others follow. */
enum csr_slot {
#define CSR(number, name, lives) CSR_SLOT_##name,
#define CSR_RANGE(first, name, count, lives) CSR_SLOT_##name, CSR_SLOT_##name##_last = CSR_SLOT_##name + (count)-1,
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	CSR_SLOT_COUNT
};

/** 64-bit words of a set of slots. */
#define CSR_SLOT_WORDS ((CSR_SLOT_COUNT + 63) / 64)

#endif
