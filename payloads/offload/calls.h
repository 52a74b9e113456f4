/* SBI calls of the payload.
 * Used by the guests of this folder. Must not know who answers them. */
#ifndef PAYLOADS_OFFLOAD_CALLS_H
#define PAYLOADS_OFFLOAD_CALLS_H

#include <stdint.h>

/** The two results of a call. */
struct answer {
	uint64_t error, value;
};

/** Makes an SBI call with the arguments @p a0 to @p a4. */
static inline struct answer sbi_call(uint64_t eid, uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
				     uint64_t a4)
{
	register uint64_t r0 __asm__("a0") = a0;
	register uint64_t r1 __asm__("a1") = a1;
	register uint64_t r2 __asm__("a2") = a2;
	register uint64_t r3 __asm__("a3") = a3;
	register uint64_t r4 __asm__("a4") = a4;
	register uint64_t r6 __asm__("a6") = fid;
	register uint64_t r7 __asm__("a7") = eid;

	__asm__ volatile("ecall" : "+r"(r0), "+r"(r1) : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7) : "memory");
	return (struct answer){ r0, r1 };
}

#endif
