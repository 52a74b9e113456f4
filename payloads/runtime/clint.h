/* Gives guests access to the CLINTs (core-local interruptors). The machine has one CLINT, or one for each socket. All
 * CLINTs serve the same number of harts.
 * Used by interrupt and SMP tests, and by the runtime to wake harts.
 * Must not keep state. Each call makes at most two device accesses. */
#ifndef PAYLOADS_RUNTIME_CLINT_H
#define PAYLOADS_RUNTIME_CLINT_H

#include <stdint.h>

#include "payloads/runtime/machine.h"

/** The number of harts that each CLINT serves. The runtime reads it from the device tree before the first test. */
extern unsigned clint_harts;

/** Returns the base address of the CLINT that serves hart @p id. */
static inline uint64_t clint_of(unsigned id)
{
	return CLINT_ADDRESS + CLINT_SIZE * (uint64_t)(id / clint_harts);
}

/** Returns the address of the msip register of hart @p id. */
static inline volatile uint32_t *clint_msip(unsigned id)
{
	return (volatile uint32_t *)(clint_of(id) + 4 * (uint64_t)(id % clint_harts));
}

/** Returns the address of the mtimecmp register of hart @p id. */
static inline volatile uint64_t *clint_mtimecmp(unsigned id)
{
	return (volatile uint64_t *)(clint_of(id) + CLINT_MTIMECMP + 8 * (uint64_t)(id % clint_harts));
}

/* The addresses of the boot hart's registers. */
#define CLINT_OWN_MSIP (CLINT_ADDRESS + UINT64_C(4) * BOOT_HART)
#define CLINT_OWN_MTIMECMP (CLINT_ADDRESS + CLINT_MTIMECMP + UINT64_C(8) * BOOT_HART)

/** Returns the address of the mtime register. */
static inline volatile uint64_t *clint_mtime(void)
{
	return (volatile uint64_t *)(CLINT_ADDRESS + CLINT_MTIME);
}

/** Raises the software interrupt of hart @p id if @p value is 1, and clears it if @p value is 0. A hart that sees the
 * interrupt also sees everything that the caller wrote to memory before the call. */
static inline void clint_set_msip(unsigned id, uint32_t value)
{
	__asm__ volatile("fence rw, ow" ::: "memory");
	*clint_msip(id) = value;
	__asm__ volatile("fence ow, rw" ::: "memory");
}

#endif
