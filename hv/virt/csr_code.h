/* The writes of those virtual CSRs that have code (CODE in csr.def).
 * Called by csr.c's dispatch only. Must not know of CSR instructions: operations are resolved to values before, but for
 * mip. */
#ifndef HV_VIRT_CSR_CODE_H
#define HV_VIRT_CSR_CODE_H

#include "hv/virt/csr.h"

/* csr_write_NAME of each; `element` is the distance from the first of a range. False where the access is an illegal
 * instruction; then nothing has changed. csr_read_NAME is in csr_read.h. */
#define PROTOTYPES_MEMORY(name)
#define PROTOTYPES_HARDWARE(name)
#define PROTOTYPES_CONSTANT(name)
#define PROTOTYPES_HIDDEN(name)
#define PROTOTYPES_CODE(name) bool csr_write_##name(struct vcpu *vcpu, unsigned element, uint64_t value);
#define CSR(number, name, lives) PROTOTYPES_##lives(name)
#define CSR_RANGE(first, name, count, lives) PROTOTYPES_##lives(name)
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE

/** sstatus is a view of mstatus (4.1.1). */
#define SSTATUS_VIEW                                                                                                   \
	(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_UBE | MSTATUS_SPP | MSTATUS_VS | MSTATUS_FS | MSTATUS_XS | MSTATUS_SUM | \
	 MSTATUS_MXR | MSTATUS_SPELP | MSTATUS_SDT | MSTATUS_UXL | MSTATUS_SD)

/** Reads the physical CSR of @p slot into *@p value, and notes if the machine has it.
 * @return false where it has not */
bool csr_hardware_read(struct vcpu *vcpu, unsigned slot, uint64_t *value);

#endif
