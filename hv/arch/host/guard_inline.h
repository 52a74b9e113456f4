/* The host's version of riscv/guard_inline.h.
 * Called by fast paths only. */
#ifndef HV_ARCH_GUARD_INLINE_H
#define HV_ARCH_GUARD_INLINE_H

#include <stdbool.h>

#include "hv/arch/cold.h"
#include "hv/arch/guard.h"

/** Runs the load or store @p thunk at @p address while mstatus is @p status. @return false if it trapped */
PART_OF_FAST_PATH bool guarded_inline(const struct thunk *thunk, uint64_t address, uint64_t status, uint64_t *value)
{
	struct guarded result = guarded_call(*value, thunk, address, status);

	*value = result.value;
	return result.ok;
}

#endif
