/* Barriers and cache and TLB maintenance, one inline function each.
 * Called from all of hv. Must not know why. On the host they are compiler barriers. */
#ifndef HV_ARCH_FENCE_H
#define HV_ARCH_FENCE_H

#include "hv/arch/csr.h"

/** Memory writes before it are seen by other harts before device writes after it (an MSI). */
static inline void fence_memory_before_device(void)
{
	arch_statement("fence w, o");
}

/** Device writes before it (an MSI's acknowledgement) are done before memory accesses after it. */
static inline void fence_device_before_memory(void)
{
	arch_statement("fence o, rw");
}

/** Memory writes before it are seen by other harts before memory writes after it. */
static inline void fence_writes(void)
{
	arch_statement("fence w, w");
}

/** Memory reads before it are done before memory reads after it. */
static inline void fence_reads(void)
{
	arch_statement("fence r, r");
}

/** Everything before it, memory and devices, is done before everything after it. */
static inline void fence_all(void)
{
	arch_statement("fence iorw, iorw");
}

/** The compiler moves no memory access and no other fence across it. No instruction. */
static inline void fence_compiler(void)
{
	__asm__ volatile("" : : : "memory");
}

/** All of this hart's address translations and PMP look-ups are made anew (Privileged ISA 3.7.2, 5.2.1). */
static inline void fence_translations(void)
{
	arch_statement("sfence.vma x0, x0");
}

/** The same for one address, for one address space, and for both (sfence.vma with those operands). */
static inline void fence_translations_of_address(uint64_t address)
{
	arch_statement_1("sfence.vma %0, x0", address);
}

static inline void fence_translations_of_asid(uint64_t asid)
{
	arch_statement_1("sfence.vma x0, %0", asid);
}

static inline void fence_translations_of(uint64_t address, uint64_t asid)
{
	arch_statement_2("sfence.vma %0, %1", address, asid);
}

/** Likewise for guest-physical translations (8.3.2); only where misa.H is set. */
static inline void fence_guest_translations(void)
{
	arch_statement(".insn r 0x73, 0, 0x31, x0, x0, x0");
}

/** Instruction fetches after it see this hart's stores before it. */
static inline void fence_instructions(void)
{
	arch_statement("fence.i");
}

/** Sleeps until an interrupt that mie enables is pending; may return early (3.3.3). */
static inline void wait_for_interrupt(void)
{
	arch_statement("wfi");
}

/** A hint to the hart while it polls (Zihintpause; a plain fence elsewhere). */
static inline void pause_hint(void)
{
	arch_statement(".word 0x0100000f");
}

#endif
