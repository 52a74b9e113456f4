/* CSR accesses by a number known only at run time, under a guard: see riscv/thunk.S.
 * Called by hv/virt for the CSRs that live in hardware. Must not know which CSR it is. */
#ifndef HV_ARCH_THUNK_H
#define HV_ARCH_THUNK_H

#include <stdint.h>

/** What a guarded access brought. */
struct guarded {
	uint64_t value;
	uint64_t ok; /* 1 if it did not trap; value is undefined otherwise */
};

/** One read and one write thunk of 8 bytes for each CSR of csr.def, ranges unrolled, in the list's order. */
extern const uint64_t csr_read_thunks[], csr_write_thunks[];

/** Runs @p thunk (an element of one of the tables) with @p value to write. Interrupts off; mtvec is kept. */
struct guarded csr_thunk_call(uint64_t value, const uint64_t *thunk);

#endif
