/* A guarded access in its place, for fast paths, which have no calls: what guarded_call of guard.S does.
 * Called by fast paths only. The host's version has the same name. */
#ifndef HV_ARCH_GUARD_INLINE_H
#define HV_ARCH_GUARD_INLINE_H

#include <stdbool.h>

#include "hv/arch/cold.h"
#include "hv/arch/guard.h"

/** Runs the load or store @p thunk at @p address while mstatus is @p status, whose MDT is 0. *@p value: to store, or what was
 * loaded. @return false if it trapped: mepc, mcause and mtval have changed then */
PART_OF_FAST_PATH bool guarded_inline(const struct thunk *thunk, uint64_t address, uint64_t status, uint64_t *value)
{
	register uint64_t data __asm__("a0") = *value;
	register uint64_t where __asm__("a2") = address;
	uint64_t ok = 1, vector, old;

	/* A trap goes to the end of the section: mtvec holds multiples of 4, and a padding here would be executed each time. */
	__asm__ volatile("	la	%[vector], 1f\n"
			 "	csrrw	%[vector], mtvec, %[vector]\n"
			 "	csrrw	%[old], mstatus, %[status]\n"
			 "	jalr	t2, %[thunk]\n"
			 "2:	csrw	mstatus, %[old]\n"
			 "	csrw	mtvec, %[vector]\n"
			 "	.subsection 1\n"
			 "	.balign	4\n"
			 "1:	li	%[ok], 0\n"
			 "	j	2b\n"
			 "	.previous\n"
			 : [ok] "+&r"(ok), "+r"(data), [vector] "=&r"(vector), [old] "=&r"(old)
			 : [status] "r"(status), [thunk] "r"(thunk), "r"(where)
			 : "t2", "memory");
	*value = data;
	return ok;
}

#endif
