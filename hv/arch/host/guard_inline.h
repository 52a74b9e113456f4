/* The host's version of riscv/guard_inline.h. It calls guarded_call.
 * Called only by fast paths. */
#ifndef HV_ARCH_GUARD_INLINE_H
#define HV_ARCH_GUARD_INLINE_H

#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/guard.h"

/** Runs a load or store under a guard.
 * @param thunk  one of load_thunks or store_thunks
 * @param status mstatus during the access
 * @param value  the value to store; after a load, the loaded value
 * @return ERROR_TRAPPED if the access trapped */
PART_OF_FAST_PATH MUST_CHECK enum error guarded_inline(const struct thunk *thunk, uint64_t address, uint64_t status,
						       uint64_t *value)
{
	struct guarded result = guarded_call(*value, thunk, address, status);

	*value = result.value;
	return guarded_error(result);
}

#endif
