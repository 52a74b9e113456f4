/* Accesses that may trap, under a guard: a trap becomes a return value. Also CSR accesses by a number known only at run
 * time. Each access is a thunk of six bytes (an instruction and a return) in a table of guard.S.
 * Called by hv/virt and the copies to and from guests. Must not know which guest or CSR it is, or why. */
#ifndef HV_ARCH_GUARD_H
#define HV_ARCH_GUARD_H

#include <stdint.h>

/** What a guarded access brought. */
struct guarded {
	uint64_t value; /* what was loaded or read; undefined where ok is 0 */
	uint64_t ok;    /* 1 if it did not trap; if it did, mcause and mtval tell why */
};
_Static_assert(sizeof(struct guarded) == 16, "guarded_call returns it in a0 and a1");

/** One instruction and the return from it. */
struct thunk {
	uint16_t code[3];
};
_Static_assert(sizeof(struct thunk) == 6, "guard.S has four bytes and two in each");

/** A read and a write for each CSR of csr.def, ranges unrolled, in the list's order. */
extern const struct thunk csr_read_thunks[], csr_write_thunks[];

/** Memory accesses: of 1, 2, 4, 8 bytes at index 0-3. Loads zero-extend. */
extern const struct thunk load_thunks[], store_thunks[];

/** AMOs: word at 2 * i, doubleword at 2 * i + 1, in the order of amo_operations; acquire and release. */
extern const struct thunk amo_thunks[];

/** funct5 of the AMOs in amo_thunks' order. */
#define AMO_OPERATIONS 9
extern const uint8_t amo_operations[AMO_OPERATIONS];

/** cbo.inval, clean, flush, (none), zero by enum cbo; hlvx.hu; sfence.w.inval; wrs.nto. */
extern const struct thunk cbo_thunks[], guest_fetch_thunk[], sfence_w_inval_thunk[], wrs_nto_thunk[];

/** f registers 0-31: moves of 64 bits. FS must not be Off; a write leaves FS Dirty. */
extern const struct thunk float_read_thunks[], float_write_thunks[];

/** Runs @p thunk with @p value (to store or write) and @p address, while mstatus is @p status: with MPRV set the access is
 * made as MPP, MPV, SUM and MXR in it say (Privileged ISA 3.1.6.3). MPRV is set, used and cleared with no other load or
 * store between. mtvec and mstatus are kept. Interrupts are off. */
struct guarded guarded_call(uint64_t value, const struct thunk *thunk, uint64_t address, uint64_t status);

#endif
