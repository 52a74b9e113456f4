/* Guarded accesses: if the access traps, the caller gets an error, and no trap handler runs. They also access
 * CSRs by numbers that are known only at run time.
 * Each access is a thunk of six bytes (one instruction and a return) in a table of guard.S.
 * Called by hv/virt and by the code that copies to and from guests. Must not know which guest or CSR it is, or why. */
#ifndef HV_ARCH_GUARD_H
#define HV_ARCH_GUARD_H

#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/error.h"

/** The result of a guarded access. */
struct guarded {
	uint64_t value; /* what was loaded or read; undefined if the access trapped */
	/* ERROR_NONE; or ERROR_TRAPPED, and mcause and mtval describe the trap. 64 bits, because guard.S sets the whole
	 * register. */
	uint64_t error;
};
_Static_assert(sizeof(struct guarded) == 16, "guarded_call returns it in a0 and a1");
_Static_assert(ERROR_NONE == 0 && ERROR_TRAPPED == 1, "guarded_call and guarded_inline return these numbers");

/** A thunk: one instruction, and the return to guarded_call. */
struct thunk {
	uint16_t code[3];
};
_Static_assert(sizeof(struct thunk) == 6, "guard.S has four bytes and two in each");

/** One thunk that reads and one that writes each CSR of csr.def, by enum csr_slot. */
extern const struct thunk csr_read_thunks[], csr_write_thunks[];

/** Loads and stores of 1, 2, 4 and 8 bytes at index 0 to 3. The loads zero-extend. */
extern const struct thunk load_thunks[], store_thunks[];

/** AMOs with acquire and release order. Operation i of amo_operations is at 2 * i for words and at 2 * i + 1 for
 * doublewords. */
extern const struct thunk amo_thunks[];

/** funct5 of each AMO, in the order of amo_thunks. */
#define AMO_OPERATIONS 9
extern const uint8_t amo_operations[AMO_OPERATIONS];

/** cbo_thunks is indexed by enum cbo; index 3 is not an instruction. The others are hlvx.hu, sfence.w.inval and
 * wrs.nto. */
extern const struct thunk cbo_thunks[], guest_fetch_thunk[], sfence_w_inval_thunk[], wrs_nto_thunk[];

/** Moves of 64 bits from and to f registers 0-31. mstatus.FS must not be Off; a write makes it Dirty. */
extern const struct thunk float_read_thunks[], float_write_thunks[];

/** Runs a thunk under a guard. mtvec and mstatus have their old values afterwards. Interrupts must be off.
 * @param value   what a store or write needs; otherwise not used
 * @param address for accesses to memory; otherwise not used
 * @param status  mstatus during the access. If its MPRV is set, the access has the rights that its MPP, MPV, SUM and
 * MXR describe (Privileged ISA 3.1.6.3). hv makes no other load or store while MPRV is set. */
struct guarded guarded_call(uint64_t value, const struct thunk *thunk, uint64_t address, uint64_t status);

/** Converts the error in @p result to enum error. Pure. */
PART_OF_FAST_PATH MUST_CHECK enum error guarded_error(struct guarded result)
{
	return result.error ? ERROR_TRAPPED : ERROR_NONE;
}

#endif
