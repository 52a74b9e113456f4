/* Guarded accesses. If a guarded access traps, the caller gets an error, and no trap handler runs. hv also uses them to
 * access CSRs whose numbers are known only at run time.
 * Each access is made by a thunk: a piece of code in a table of guard.S that has six bytes, for one instruction and a
 * return.
 * Called by hv/virt and by the code that copies to and from guests. Must not know which guest or CSR an access is for,
 * or what it is for. */
#ifndef HV_ARCH_GUARD_H
#define HV_ARCH_GUARD_H

#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/error.h"

/** The result of a guarded access. */
struct guarded {
	uint64_t value; /* the value that was loaded or read; undefined if the access trapped */
	/* ERROR_NONE, or ERROR_TRAPPED if the access trapped; mcause and mtval then describe the trap. It has 64 bits,
	 * because guard.S sets the whole register. */
	uint64_t error;
};
_Static_assert(sizeof(struct guarded) == 16, "guarded_call returns it in a0 and a1");
_Static_assert(ERROR_NONE == 0 && ERROR_TRAPPED == 1, "guarded_call and guarded_inline return these numbers");

/** A thunk: one instruction, and the return to guarded_call. */
struct thunk {
	uint16_t code[3];
};
_Static_assert(sizeof(struct thunk) == 6, "guard.S has four bytes and two in each");

/** Two tables with a thunk for each CSR of csr.def, indexed by enum csr_slot. One table has the thunks that read, and
 * the other one has the thunks that write. */
extern const struct thunk csr_read_thunks[], csr_write_thunks[];

/** Thunks that load and store 1, 2, 4 and 8 bytes, at index 0 to 3. The loads zero-extend. */
extern const struct thunk load_thunks[], store_thunks[];

/** Thunks for AMOs with acquire and release order. For operation i of amo_operations, the thunk for words is at index 2
 * * i, and the thunk for doublewords is at index 2 * i + 1. */
extern const struct thunk amo_thunks[];

/** The field funct5 of each AMO, in the order of amo_thunks. */
#define AMO_OPERATIONS 9
extern const uint8_t amo_operations[AMO_OPERATIONS];

/** cbo_thunks is indexed by enum cbo, and its element 3 is not an instruction. The thunks guest_fetch_thunk,
 * sfence_w_inval_thunk and wrs_nto_thunk execute hlvx.hu, sfence.w.inval and wrs.nto. */
extern const struct thunk cbo_thunks[], guest_fetch_thunk[], sfence_w_inval_thunk[], wrs_nto_thunk[];

/** The thunk that reads the CSR seed, and writes it, as each read of it must. csr.def does not list seed, because no guest
 * sees it. */
extern const struct thunk seed_thunk[];

/** The thunk that reads the CSR vlenb. mstatus.VS must not be Off. */
extern const struct thunk vlenb_thunk[];

/** Thunks that read and write the 64 bits of f registers 0-31. mstatus.FS must not be Off, and a write makes it
 * Dirty. */
extern const struct thunk float_read_thunks[], float_write_thunks[];

/** Runs a thunk under a guard. mtvec and mstatus have their old values afterwards. Interrupts must be off.
 * @param value   the value that a store or a CSR write needs; other accesses do not use it
 * @param address the address of an access to memory; other accesses do not use it
 * @param status  mstatus during the access. If the bit MPRV in @p status is set, the fields MPP, MPV, SUM and MXR of @p
 * status decide about the rights of the access (Privileged ISA 3.1.6.3). hv makes no other load or store while MPRV is
 * set. */
struct guarded guarded_call(uint64_t value, const struct thunk *thunk, uint64_t address, uint64_t status);

/** Converts the error in @p result to enum error. Pure. */
PART_OF_FAST_PATH MUST_CHECK enum error guarded_error(struct guarded result)
{
	return result.error ? ERROR_TRAPPED : ERROR_NONE;
}

#endif
