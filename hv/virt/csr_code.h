/* The write functions of the virtual CSRs that need code (CODE in csr.def).
 * Called only by the dispatch in csr.c. Must not know CSR instructions. The caller has already computed the new value
 * from the operation and its operand. The only exception is mip, which transition_apply_mip writes. */
#ifndef HV_VIRT_CSR_CODE_H
#define HV_VIRT_CSR_CODE_H

#include "hv/virt/csr.h"

/* Declares csr_write_NAME for each CSR that needs code. That function makes @p value legal, writes it, and applies the
 * side effects before the guest's next instruction. `element` is the position within a CSR_RANGE, starting at 0. It
 * returns ERROR_TRAPPED if the access is an illegal instruction; then nothing has changed. csr_read.h has the matching
 * csr_read_NAME. */
#define PROTOTYPES_MEMORY(name)
#define PROTOTYPES_HARDWARE(name)
#define PROTOTYPES_CONSTANT(name)
#define PROTOTYPES_HIDDEN(name)
#define PROTOTYPES_CODE(name)                                                                                          \
	enum error csr_write_##name(struct vcpu *vcpu, unsigned element, uint64_t value) MUST_CHECK;
#define CSR(number, name, lives) PROTOTYPES_##lives(name)
#define CSR_RANGE(first, name, count, lives) PROTOTYPES_##lives(name)
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE

/** The fields of mstatus that sstatus shows (4.1.1). */
#define SSTATUS_VIEW                                                                                                   \
	(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_UBE | MSTATUS_SPP | MSTATUS_VS | MSTATUS_FS | MSTATUS_XS | MSTATUS_SUM | \
	 MSTATUS_MXR | MSTATUS_SPELP | MSTATUS_SDT | MSTATUS_UXL | MSTATUS_SD)

/** Reads the physical CSR of @p slot (enum csr_slot) under a guard. If the machine has the CSR, this function sets the
 * CSR's bit in vcpu->csr_readable, so that fast paths can read the CSR without a guard.
 * @param value receives the value of the CSR; undefined after an error
 * @return ERROR_TRAPPED if the machine does not have the CSR */
enum error csr_hardware_read(struct vcpu *vcpu, unsigned slot, uint64_t *value) MUST_CHECK;

#endif
