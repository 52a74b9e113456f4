/* Loads and stores with MPRV set for one instruction, as firmware makes them.
 * Used by MPRV tests; the caller says in mstatus which mode and which of SUM and MXR they have.
 * Must not let the compiler put an access of its own between setting and clearing MPRV. */
#ifndef PAYLOADS_RUNTIME_GUARDED_H
#define PAYLOADS_RUNTIME_GUARDED_H

#include "payloads/runtime/csr.h"

/* instruction loads a0 or fa0 from (a1), or stores a0 or fa0 there; a fault leaves a0 as it was. */
#define GUARDED(instruction, value, address)                                                                           \
	do {                                                                                                           \
		register uint64_t guarded_a0_ __asm__("a0") = (value);                                                 \
		register uint64_t guarded_a1_ __asm__("a1") = (address);                                               \
		register uint64_t guarded_a2_ __asm__("a2") = MSTATUS_MPRV;                                            \
		__asm__ volatile(".option push\n.option arch, +f, +d, +c\n"                                            \
				 "csrs mstatus, a2\n" instruction "\ncsrc mstatus, a2\n.option pop"                    \
				 : "+r"(guarded_a0_)                                                                   \
				 : "r"(guarded_a1_), "r"(guarded_a2_)                                                  \
				 : "memory");                                                                          \
		(value) = guarded_a0_;                                                                                 \
	} while (0)

/** Sets MPP to @p mode (0 or 1), and exactly @p bits of SUM and MXR. */
static inline void guarded_as(uint64_t mode, uint64_t bits)
{
	csr_clear(mstatus, MSTATUS_MPP | MSTATUS_SUM | MSTATUS_MXR);
	csr_set(mstatus, mode << 11 | bits);
}

#endif
