/* Loads and stores with MPRV set for one instruction, as firmware makes them.
 * Used by tests of MPRV. The caller selects the mode, SUM and MXR with guarded_as().
 * The compiler must not insert another access while MPRV is set, so each is one piece of assembly. */
#ifndef PAYLOADS_RUNTIME_GUARDED_H
#define PAYLOADS_RUNTIME_GUARDED_H

#include "payloads/runtime/csr.h"

/* Executes instruction, which loads a0 or fa0 from (a1) or stores it there, with MPRV set. After a fault, value is
 * unchanged. */
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

/** Sets MPP to @p mode (0 for U, 1 for S), and sets those of SUM and MXR that are in @p bits. Clears the others. */
static inline void guarded_as(uint64_t mode, uint64_t bits)
{
	csr_clear(mstatus, MSTATUS_MPP | MSTATUS_SUM | MSTATUS_MXR);
	csr_set(mstatus, mode << 11 | bits);
}

#endif
