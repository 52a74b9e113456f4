/* Makes an ecall with arguments in registers, as the SBI defines it (SBI 3).
 * Used by guests in M-mode and S-mode. Must not know who answers. */
#ifndef PAYLOADS_RUNTIME_ECALL_H
#define PAYLOADS_RUNTIME_ECALL_H

#include <stdint.h>

struct ecall_result {
	int64_t error;  /* a0 after the ecall */
	uint64_t value; /* a1 after the ecall */
};

/** Makes an ecall with EID @p eid (a7), FID @p fid (a6) and the arguments @p a to @p e in a0 to a4. If nobody answers the
 * ecall, it traps. */
static inline struct ecall_result ecall(uint64_t eid, uint64_t fid, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
					uint64_t e)
{
	register uint64_t a0 __asm__("a0") = a;
	register uint64_t a1 __asm__("a1") = b;
	register uint64_t a2 __asm__("a2") = c;
	register uint64_t a3 __asm__("a3") = d;
	register uint64_t a4 __asm__("a4") = e;
	register uint64_t a6 __asm__("a6") = fid;
	register uint64_t a7 __asm__("a7") = eid;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7) : "memory");
	return (struct ecall_result){ (int64_t)a0, a1 };
}

#endif
