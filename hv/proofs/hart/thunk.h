/* Accesses to physical CSRs without a guard, by slot, in proofs. This header defines the same names as
 * hv/arch/riscv/thunk.h. Must not know what a value means. */
#ifndef HV_ARCH_THUNK_H
#define HV_ARCH_THUNK_H

#include "hv/arch/cold.h"
#include "hv/proofs/hart.h"

PART_OF_FAST_PATH uint64_t thunk_csr_read(unsigned slot)
{
	prove(slot < CSR_SLOT_COUNT, "hv accesses only CSRs of csr.def");
	return hart_csr_read(hart_number(slot), slot);
}

PART_OF_FAST_PATH void thunk_csr_write(unsigned slot, uint64_t value)
{
	prove(slot < CSR_SLOT_COUNT, "hv accesses only CSRs of csr.def");
	hart_csr_write(hart_number(slot), slot, value);
}

#endif
