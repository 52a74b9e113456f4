/* Loads from any address, stores to any address, and jumps to any address. Each function uses a single instruction for
 * this.
 * Used by tests whose accesses may trap. If a load traps, its function returns ACCESS_NOTHING.
 * The compiler must not remove or merge the accesses, so they are volatile assembly. */
#ifndef PAYLOADS_RUNTIME_ACCESS_H
#define PAYLOADS_RUNTIME_ACCESS_H

#include <stdint.h>

#define ACCESS_NOTHING UINT64_C(0x6e6f7468696e67)

/** Loads 8 bytes from @p address. */
static inline uint64_t load64(uint64_t address)
{
	uint64_t value = ACCESS_NOTHING;
	__asm__ volatile("ld %0, 0(%1)" : "+r"(value) : "r"(address) : "memory");
	return value;
}

/** Loads 4 bytes from @p address, and sign-extends them. */
static inline uint64_t load32(uint64_t address)
{
	uint64_t value = ACCESS_NOTHING;
	__asm__ volatile("lw %0, 0(%1)" : "+r"(value) : "r"(address) : "memory");
	return value;
}

/** Stores the 8 bytes of @p value at @p address. */
static inline void store64(uint64_t address, uint64_t value)
{
	__asm__ volatile("sd %1, 0(%0)" ::"r"(address), "r"(value) : "memory");
}

/** Stores the low 4 bytes of @p value at @p address. */
static inline void store32(uint64_t address, uint64_t value)
{
	__asm__ volatile("sw %1, 0(%0)" ::"r"(address), "r"(value) : "memory");
}

/** Calls the code at @p address. */
static inline void jump_to(uint64_t address)
{
	((void (*)(void))address)();
}

#endif
