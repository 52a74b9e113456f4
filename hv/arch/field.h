/* Named bit fields of registers. A field is defined by its mask, which gives both its position and its width.
 * Used by all code that accesses fields of registers. Does not know any register; isa.h defines those. */
#ifndef HV_ARCH_FIELD_H
#define HV_ARCH_FIELD_H

#include <stdint.h>

/** Mask of the field that starts at bit @p index (0-63) and is @p width bits wide (1-64). */
#define FIELD(index, width) ((~0ull >> (64 - (width))) << (index))

/** The field @p mask of @p value, shifted down to bit 0. @p mask is contiguous and not 0. Pure. */
static inline uint64_t field_get(uint64_t mask, uint64_t value)
{
	return (value & mask) / (mask & -mask);
}

/** @p value with @p content in its field @p mask. Bits of @p content that do not fit are dropped. Pure. */
static inline uint64_t field_set(uint64_t mask, uint64_t value, uint64_t content)
{
	return (value & ~mask) | ((content * (mask & -mask)) & mask);
}

/** @p source in the bits of @p mask, and @p value in all other bits. Pure. */
static inline uint64_t field_merge(uint64_t mask, uint64_t value, uint64_t source)
{
	return (value & ~mask) | (source & mask);
}

#endif
