/* The host's version of riscv/thunk.h. An access to a CSR that the hart does not have ends the test.
 * Called only by fast paths. */
#ifndef HV_ARCH_THUNK_H
#define HV_ARCH_THUNK_H

#include <stdlib.h>

#include "hv/arch/cold.h"
#include "hv/arch/csr_number.h"
#include "hv/arch/guard.h"
#include "hv/arch/host_hart.h"

/** Reads the CSR of @p slot (enum csr_slot). */
PART_OF_FAST_PATH uint64_t thunk_csr_read(unsigned slot)
{
	struct guarded result = guarded_call(0, csr_read_thunks + slot, 0, host_csr_read(CSR_mstatus));

	if (result.error)
		abort();
	return result.value;
}

/** Writes @p value to the CSR of @p slot (enum csr_slot). */
PART_OF_FAST_PATH void thunk_csr_write(unsigned slot, uint64_t value)
{
	if (guarded_call(value, csr_write_thunks + slot, 0, host_csr_read(CSR_mstatus)).error)
		abort();
}

#endif
