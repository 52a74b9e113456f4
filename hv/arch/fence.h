/* Barriers, and maintenance of caches and TLBs. There is one inline function for each instruction. Each function acts
 * on the calling hart and may be called in any context.
 * Called from all of hv. Must not know why a barrier is needed. On the host, the functions only record that they were
 * called (host_statements). */
#ifndef HV_ARCH_FENCE_H
#define HV_ARCH_FENCE_H

#include "hv/arch/csr.h"

/** Orders memory writes before device writes. A hart that notices a device write made after the fence, such as an MSI,
 * also sees all memory writes made before the fence. */
static inline void fence_memory_before_device(void)
{
	arch_statement("fence w, o");
}

/** Orders device writes before memory accesses. Device writes before the fence, such as the acknowledgement of an MSI,
 * are complete before any memory access after the fence. */
static inline void fence_device_before_memory(void)
{
	arch_statement("fence o, rw");
}

/** Orders memory writes. A hart that sees a write made after the fence also sees all writes made before the fence. */
static inline void fence_writes(void)
{
	arch_statement("fence w, w");
}

/** Orders memory reads. Reads before the fence are complete before any read after the fence. */
static inline void fence_reads(void)
{
	arch_statement("fence r, r");
}

/** Orders all accesses to memory and devices. Accesses before the fence are complete before any access after the
 * fence. */
static inline void fence_all(void)
{
	arch_statement("fence iorw, iorw");
}

/** Keeps the compiler from moving a memory access or another fence across the place of the call. Emits no
 * instruction. */
static inline void fence_compiler(void)
{
	__asm__ volatile("" : : : "memory");
}

/** Discards all address translations and PMP results that this hart has cached (Privileged ISA 3.7.2, 5.2.1). */
static inline void fence_translations(void)
{
	arch_statement("sfence.vma x0, x0");
}

/** Discards the translations of virtual address @p address in all address spaces (5.2.1). */
static inline void fence_translations_of_address(uint64_t address)
{
	arch_statement_1("sfence.vma %0, x0", address);
}

/** Discards the translations of address space @p asid, except global ones (5.2.1). */
static inline void fence_translations_of_asid(uint64_t asid)
{
	arch_statement_1("sfence.vma x0, %0", asid);
}

/** Discards the translations of virtual address @p address in address space @p asid, except global ones (5.2.1). */
static inline void fence_translations_of(uint64_t address, uint64_t asid)
{
	arch_statement_2("sfence.vma %0, %1", address, asid);
}

/** Discards all guest-physical translations that this hart has cached (8.3.2). The machine must have misa.H. */
static inline void fence_guest_translations(void)
{
	arch_statement(".insn r 0x73, 0, 0x31, x0, x0, x0");
}

/** Orders stores before instruction fetches. Fetches of this hart after the fence see the stores that this hart made
 * before the fence. */
static inline void fence_instructions(void)
{
	arch_statement("fence.i");
}

/** Sleeps until an interrupt is pending that mie enables. It may return earlier (3.3.3). */
static inline void wait_for_interrupt(void)
{
	arch_statement("wfi");
}

/** Hints to the hart that it is polling (Zihintpause). On a hart without that extension, the instruction is a plain
 * fence. */
static inline void pause_hint(void)
{
	arch_statement(".word 0x0100000f");
}

#endif
