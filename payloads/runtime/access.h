/* Single loads, stores and jumps at any address, as one instruction each.
 * Used by tests of accesses that may trap; a load that trapped returns ACCESS_NOTHING.
 * Must not be optimised away or merged: each is volatile assembly. */
#ifndef PAYLOADS_RUNTIME_ACCESS_H
#define PAYLOADS_RUNTIME_ACCESS_H

#include <stdint.h>

#define ACCESS_NOTHING UINT64_C(0x6e6f7468696e67)

/** The 8 bytes at @p address. */
static inline uint64_t load64(uint64_t address)
{
	uint64_t value = ACCESS_NOTHING;
	__asm__ volatile("ld %0, 0(%1)" : "+r"(value) : "r"(address) : "memory");
	return value;
}

/** The 4 bytes at @p address, sign extended. */
static inline uint64_t load32(uint64_t address)
{
	uint64_t value = ACCESS_NOTHING;
	__asm__ volatile("lw %0, 0(%1)" : "+r"(value) : "r"(address) : "memory");
	return value;
}

/** Stores 8 bytes at @p address. */
static inline void store64(uint64_t address, uint64_t value)
{
	__asm__ volatile("sd %1, 0(%0)" ::"r"(address), "r"(value) : "memory");
}

/** Stores 4 bytes at @p address. */
static inline void store32(uint64_t address, uint64_t value)
{
	__asm__ volatile("sw %1, 0(%0)" ::"r"(address), "r"(value) : "memory");
}

/** Calls what lies at @p address. */
static inline void jump_to(uint64_t address)
{
	((void (*)(void))address)();
}

#endif
