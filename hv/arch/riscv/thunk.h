/* Accesses to physical CSRs by a number that is known only at run time. There is no guard, so the CSR must be known to
 * exist.
 * Called only by fast paths. Fast paths cannot call functions, so the thunk returns through t2 and leaves ra unchanged
 * (guard.S). The host's version has the same name. */
#ifndef HV_ARCH_THUNK_H
#define HV_ARCH_THUNK_H

#include "hv/arch/cold.h"
#include "hv/arch/guard.h"

/** Reads the CSR of @p slot (enum csr_slot), which must exist. */
PART_OF_FAST_PATH uint64_t thunk_csr_read(unsigned slot)
{
	register uint64_t value __asm__("a0");

	__asm__ volatile("jalr t2, %[thunk]" : "=r"(value) : [thunk] "r"(csr_read_thunks + slot) : "t2", "memory");
	return value;
}

/** Writes @p value to the CSR of @p slot (enum csr_slot), which must exist. */
PART_OF_FAST_PATH void thunk_csr_write(unsigned slot, uint64_t value)
{
	register uint64_t written __asm__("a0") = value;

	__asm__ volatile("jalr t2, %[thunk]" : : [thunk] "r"(csr_write_thunks + slot), "r"(written) : "t2", "memory");
}

#endif
