/* An inline version of guarded_call (guard.S) for fast paths, which cannot call functions.
 * Called only by fast paths. The host's version has the same name. */
#ifndef HV_ARCH_GUARD_INLINE_H
#define HV_ARCH_GUARD_INLINE_H

#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/guard.h"

/* Runs the thunk in the operand `thunk` while mstatus is `status` and traps come to the label 1. The code to which a trap
 * jumps is at the end of the section. Its address must be a multiple of 4 (mtvec). If it were in the middle of this code,
 * the hart would execute the padding before it each time. */
#define GUARDED_TEXT                                                                                                   \
	"	la	%[vector], 1f\n"                                                                                          \
	"	csrrw	%[vector], mtvec, %[vector]\n"                                                                         \
	"	csrrw	%[old], mstatus, %[status]\n"                                                                          \
	"	jalr	t2, %[thunk]\n"                                                                                         \
	"2:	csrw	mstatus, %[old]\n"                                                                                    \
	"	csrw	mtvec, %[vector]\n"                                                                                     \
	"	.subsection 1\n"                                                                                             \
	"	.balign	4\n"                                                                                                 \
	"1:	li	%[error], 1\n"                                                                                          \
	"	j	2b\n"                                                                                                      \
	"	.previous\n"

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

	__asm__ volatile(GUARDED_TEXT
			 : [error] "+&r"(error), "+r"(data), [vector] "=&r"(vector), [old] "=&r"(old)
			 : [status] "r"(status), [thunk] "r"(thunk), "r"(where)
			 : "t2", "memory");
	*value = data;
	return guarded_error((struct guarded){ .value = data, .error = error });
}

/* The code of the next functions, in guard_bytes.S. One piece of load_bytes_code loads one byte and has 8 bytes; its last
 * pieces are executed. */
extern const uint8_t load_bytes_end[], store_bytes_code[], load_halfwords_code[];

PART_OF_FAST_PATH MUST_CHECK enum error guarded_loads(const uint8_t *code, uint64_t address, uint64_t status,
						      uint64_t *value)
{
	register uint64_t data __asm__("a0") = 0;
	register uint64_t where __asm__("a2") = address;
	uint64_t error = ERROR_NONE, vector, old;

	__asm__ volatile(GUARDED_TEXT
			 : [error] "+&r"(error), "+&r"(data), [vector] "=&r"(vector), [old] "=&r"(old)
			 : [status] "r"(status), [thunk] "r"(code), "r"(where)
			 : "a1", "t2", "memory");
	*value = data;
	return guarded_error((struct guarded){ .value = data, .error = error });
}

/** Loads @p width bytes (2, 4 or 8) one by one under one guard. @p status and the result are as for guarded_inline.
 * @param value receives the loaded value, zero-extended */
PART_OF_FAST_PATH MUST_CHECK enum error guarded_load_bytes(uint64_t status, uint64_t address, unsigned width,
							   uint64_t *value)
{
	return guarded_loads(load_bytes_end - 8ul * width, address, status, value);
}

/** Loads two halfwords under one guard. @p status and the result are as for guarded_inline.
 * @param address must be a multiple of 2
 * @param value   receives both halfwords, as a zero-extended word */
PART_OF_FAST_PATH MUST_CHECK enum error guarded_load_halfwords(uint64_t status, uint64_t address, uint64_t *value)
{
	return guarded_loads(load_halfwords_code, address, status, value);
}

/** Stores the low @p width bytes (2, 4 or 8) of @p value one by one under one guard. It first tests that all of them may
 * be written, by an AMO on each word, so that no byte changes if one of them may not be written. @p status and the result
 * are as for guarded_inline. */
PART_OF_FAST_PATH MUST_CHECK enum error guarded_store_bytes(uint64_t status, uint64_t address, unsigned width,
							    uint64_t value)
{
	register uint64_t data __asm__("a0") = value;
	register uint64_t where __asm__("a2") = address;
	register uint64_t count __asm__("a3") = width;
	uint64_t error = ERROR_NONE, vector, old;

	__asm__ volatile(GUARDED_TEXT
			 : [error] "+&r"(error), "+&r"(data), [vector] "=&r"(vector), [old] "=&r"(old), "+&r"(where),
			   "+&r"(count)
			 : [status] "r"(status), [thunk] "r"(store_bytes_code)
			 : "a1", "t2", "memory");
	return guarded_error((struct guarded){ .value = data, .error = error });
}

#endif
