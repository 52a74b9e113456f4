/* The CLINTs (core-local interruptors), as a guest accesses them. There is one, or one for each socket, and all serve
 * the same number of harts.
 * Used by interrupt and SMP tests, and by the runtime to wake harts.
 * Must not keep state: each call makes one or two device accesses. */
#ifndef PAYLOADS_RUNTIME_CLINT_H
#define PAYLOADS_RUNTIME_CLINT_H

#include <stdint.h>

#include "payloads/runtime/machine.h"

/** How many harts each CLINT serves. Read from the device tree before the first test. */
extern unsigned clint_harts;

/** The base address of hart @p id's CLINT. */
static inline uint64_t clint_of(unsigned id)
{
	return CLINT_ADDRESS + CLINT_SIZE * (uint64_t)(id / clint_harts);
}

/** The msip register of hart @p id. */
static inline volatile uint32_t *clint_msip(unsigned id)
{
	return (volatile uint32_t *)(clint_of(id) + 4 * (uint64_t)(id % clint_harts));
}

/** The mtimecmp register of hart @p id. */
static inline volatile uint64_t *clint_mtimecmp(unsigned id)
{
	return (volatile uint64_t *)(clint_of(id) + CLINT_MTIMECMP + 8 * (uint64_t)(id % clint_harts));
}

/** The mtime register. */
static inline volatile uint64_t *clint_mtime(void)
{
	return (volatile uint64_t *)(CLINT_ADDRESS + CLINT_MTIME);
}

/** Raises (@p value 1) or clears (0) the software interrupt of hart @p id. That hart then also sees what the caller has
 * written to memory before. */
static inline void clint_set_msip(unsigned id, uint32_t value)
{
	__asm__ volatile("fence rw, ow" ::: "memory");
	*clint_msip(id) = value;
	__asm__ volatile("fence ow, rw" ::: "memory");
}

#endif
