/* The reads and writes of those virtual CSRs that have code (CODE in csr.def).
 * Called by csr.c's dispatch only. Must not know of CSR instructions: operations are resolved to values before, but for
 * mip. */
#ifndef HV_VIRT_CSR_CODE_H
#define HV_VIRT_CSR_CODE_H

#include "hv/virt/csr.h"

/* csr_read_NAME and csr_write_NAME of each; `element` is the distance from the first of a range. False where the access
 * is an illegal instruction; then nothing has changed. */
#define PROTOTYPES_MEMORY(name)
#define PROTOTYPES_HARDWARE(name)
#define PROTOTYPES_CONSTANT(name)
#define PROTOTYPES_HIDDEN(name)
#define PROTOTYPES_CODE(name)                                                                                          \
	bool csr_read_##name(struct vcpu *vcpu, unsigned element, uint64_t *value);                                    \
	bool csr_write_##name(struct vcpu *vcpu, unsigned element, uint64_t value);
#define CSR(number, name, lives) PROTOTYPES_##lives(name)
#define CSR_RANGE(first, name, count, lives) PROTOTYPES_##lives(name)
#include "hv/virt/csr.def"
#undef CSR
#undef CSR_RANGE

/** Reads the physical CSR of @p slot into *@p value. @return false where the machine does not have it */
bool csr_hardware_read(unsigned slot, uint64_t *value);

#endif
