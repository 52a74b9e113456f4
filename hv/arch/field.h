/* Named bit fields of registers: a field is its mask, which holds both index and width.
 * Used by everything that takes registers apart. Knows nothing of any register: those are in isa.h. */
#ifndef HV_ARCH_FIELD_H
#define HV_ARCH_FIELD_H

#include <stdint.h>

/** Mask of the field that starts at bit @p index (0-63) and is @p width bits wide (1-64). */
#define FIELD(index, width) ((~0ull >> (64 - (width))) << (index))

/** The field @p mask of @p value, shifted down to bit 0. @p mask is a contiguous, non-zero mask. */
static inline uint64_t field_get(uint64_t mask, uint64_t value)
{
	return (value & mask) / (mask & -mask);
}

/** @p value with its field @p mask set to @p content (taken modulo the field's width). */
static inline uint64_t field_set(uint64_t mask, uint64_t value, uint64_t content)
{
	return (value & ~mask) | ((content * (mask & -mask)) & mask);
}

/** @p value with the bits of @p mask taken from @p source. */
static inline uint64_t field_merge(uint64_t mask, uint64_t value, uint64_t source)
{
	return (value & ~mask) | (source & mask);
}

#endif
