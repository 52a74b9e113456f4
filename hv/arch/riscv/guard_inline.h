/* An inline version of guarded_call (guard.S) for fast paths, which cannot call functions.
 * Called only by fast paths. The host's version has the same name. */
#ifndef HV_ARCH_GUARD_INLINE_H
#define HV_ARCH_GUARD_INLINE_H

#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/guard.h"

/** Runs a load or store under a guard. Interrupts must be off.
 * @param thunk  one of load_thunks or store_thunks
 * @param status mstatus during the access; its MDT bit must be 0
 * @param value  the value to store; after a load, the loaded value
 * @return ERROR_TRAPPED if the access trapped; then mepc, mcause and mtval have changed */
PART_OF_FAST_PATH MUST_CHECK enum error guarded_inline(const struct thunk *thunk, uint64_t address, uint64_t status,
						       uint64_t *value)
{
	register uint64_t data __asm__("a0") = *value;
	register uint64_t where __asm__("a2") = address;
	uint64_t error = ERROR_NONE, vector, old;

	/* The code to which a trap jumps is at the end of the section. Its address must be a multiple of 4 (mtvec). If
	 * it were in the middle of this code, the hart would execute the padding before it each time. */
	__asm__ volatile("	la	%[vector], 1f\n"
			 "	csrrw	%[vector], mtvec, %[vector]\n"
			 "	csrrw	%[old], mstatus, %[status]\n"
			 "	jalr	t2, %[thunk]\n"
			 "2:	csrw	mstatus, %[old]\n"
			 "	csrw	mtvec, %[vector]\n"
			 "	.subsection 1\n"
			 "	.balign	4\n"
			 "1:	li	%[error], 1\n"
			 "	j	2b\n"
			 "	.previous\n"
			 : [error] "+&r"(error), "+r"(data), [vector] "=&r"(vector), [old] "=&r"(old)
			 : [status] "r"(status), [thunk] "r"(thunk), "r"(where)
			 : "t2", "memory");
	*value = data;
	return guarded_error((struct guarded){ .value = data, .error = error });
}

#endif
