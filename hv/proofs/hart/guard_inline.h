/* Guarded accesses of fast paths in proofs. This header defines the same function as hv/arch/riscv/guard_inline.h, for the
 * tables of thunks that a proof has: an element of load_thunks or store_thunks holds the width in bytes, and 1 if it
 * stores. Must not know what an access is for. */
#ifndef HV_ARCH_GUARD_INLINE_H
#define HV_ARCH_GUARD_INLINE_H

#include <stdint.h>

#include "hv/arch/access.h"
#include "hv/arch/cold.h"

PART_OF_FAST_PATH MUST_CHECK enum error guarded_inline(const struct thunk *thunk, uint64_t address, uint64_t status,
						       uint64_t *value)
{
	if (thunk->code[1])
		return guarded_store(status, address, thunk->code[0], *value);
	return guarded_load(status, address, thunk->code[0], value);
}

#endif
