/* Loads and stores for which mstatus.MPRV is set only during one instruction. Firmware accesses its payload's memory in
 * this way.
 * Used by tests of MPRV. The caller first calls guarded_as(), which selects the mode, SUM and MXR.
 * Each access is a single piece of assembly code, because the compiler must not insert another access while MPRV is
 * set. */
#ifndef PAYLOADS_RUNTIME_GUARDED_H
#define PAYLOADS_RUNTIME_GUARDED_H

#include "payloads/runtime/csr.h"

/* Executes instruction with MPRV set. The instruction must load a0 or fa0 from the address in a1, or store a0 or fa0 at
 * that address. If the access faults, value stays unchanged. */
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

/** Sets MPP to @p mode (0 for U, 1 for S). Sets SUM if @p bits contains MSTATUS_SUM, and otherwise clears it. Does the
 * same with MXR. */
static inline void guarded_as(uint64_t mode, uint64_t bits)
{
	csr_clear(mstatus, MSTATUS_MPP | MSTATUS_SUM | MSTATUS_MXR);
	csr_set(mstatus, mode << 11 | bits);
}

#endif
