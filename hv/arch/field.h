/* Named bit fields of registers. A field is defined by its mask, which gives both its position and its width.
 * Used by all code that accesses fields of registers. Must not know any register; isa.h defines the fields of
 * registers. */
#ifndef HV_ARCH_FIELD_H
#define HV_ARCH_FIELD_H

#include <stdint.h>

/** Mask of the field that starts at bit @p index (0-63) and is @p width bits wide (1-64). */
#define FIELD(index, width) ((~0ull >> (64 - (width))) << (index))

/** Returns the field @p mask of @p value, shifted down to bit 0. The 1 bits of @p mask are contiguous, and there is at
 * least one. Pure. */
static inline uint64_t field_get(uint64_t mask, uint64_t value)
{
	return (value & mask) / (mask & -mask);
}

/** Returns @p value with its field @p mask set to @p content. Bits of @p content that do not fit in the field are
 * dropped. Pure. */
static inline uint64_t field_set(uint64_t mask, uint64_t value, uint64_t content)
{
	return (value & ~mask) | ((content * (mask & -mask)) & mask);
}

/** Returns a value that has the bits of @p source where @p mask is 1, and the bits of @p value elsewhere. Pure. */
static inline uint64_t field_merge(uint64_t mask, uint64_t value, uint64_t source)
{
	return (value & ~mask) | (source & mask);
}

#endif
