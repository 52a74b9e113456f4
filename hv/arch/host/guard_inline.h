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

/** Loads @p width bytes one by one. @param value receives the loaded value, zero-extended */
PART_OF_FAST_PATH MUST_CHECK enum error guarded_load_bytes(uint64_t status, uint64_t address, unsigned width,
							   uint64_t *value)
{
	*value = 0;
	for (unsigned i = 0; i < width; i++) {
		struct guarded byte = guarded_call(0, load_thunks, address + i, status);

		RETURN_IF_ERROR(guarded_error(byte));
		*value |= byte.value << 8 * i;
	}
	return ERROR_NONE;
}

/** Loads two halfwords. @param value receives both, as a zero-extended word */
PART_OF_FAST_PATH MUST_CHECK enum error guarded_load_halfwords(uint64_t status, uint64_t address, uint64_t *value)
{
	struct guarded low = guarded_call(0, load_thunks + 1, address, status);
	struct guarded high = guarded_call(0, load_thunks + 1, address + 2, status);

	*value = low.value | high.value << 16;
	return guarded_error(low) ? guarded_error(low) : guarded_error(high);
}

/** Stores @p width bytes one by one, after AMOs that test each word of them. The AMO is the OR of amo_thunks. */
PART_OF_FAST_PATH MUST_CHECK enum error guarded_store_bytes(uint64_t status, uint64_t address, unsigned width,
							    uint64_t value)
{
	const struct thunk *amoor = amo_thunks + 6;
	const uint64_t tested[] = { address, address + width / 2, address + width - 1 };

	for (unsigned i = 0; i < 3; i++)
		RETURN_IF_ERROR(guarded_error(guarded_call(0, amoor, tested[i] & ~3ull, status)));
	for (unsigned i = 0; i < width; i++)
		RETURN_IF_ERROR(guarded_error(guarded_call(value >> 8 * i, store_thunks, address + i, status)));
	return ERROR_NONE;
}

#endif
