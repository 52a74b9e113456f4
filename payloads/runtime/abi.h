/* Functions by which guests make the ecalls that hv answers.
 * Used in M-mode and S-mode by tests of the classes abi and hv, which also end their run by an ecall.
 * Must not be used before test_begin() has checked that hv is present, because nothing answers these ecalls on the bare
 * machine. */
#ifndef PAYLOADS_RUNTIME_ABI_H
#define PAYLOADS_RUNTIME_ABI_H

#include <stdint.h>

#include "abi/hartscope.h"

#define ABI_EID HARTSCOPE_EID
#define ABI_PEER_EID HARTSCOPE_PEER_EID

struct abi_result {
	int64_t error;
	uint64_t value;
};

/** Makes an ecall with EID @p eid (a7), FID @p fid (a6) and three arguments. If neither hv nor the firmware answers the
 * ecall, it traps.
 * @return a0 as the error and a1 as the value */
static inline struct abi_result abi_call(uint64_t eid, uint64_t fid, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t a0 __asm__("a0") = a;
	register uint64_t a1 __asm__("a1") = b;
	register uint64_t a2 __asm__("a2") = c;
	register uint64_t a6 __asm__("a6") = fid;
	register uint64_t a7 __asm__("a7") = eid;
	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
	return (struct abi_result){ (int64_t)a0, a1 };
}

/** Calls HARTSCOPE_READ. hv copies at most @p length bytes to @p address. The bytes come from the trace ring of hart @p
 * hart_id and begin with slot @p sequence.
 * @return a0 as the error and a1 as the number of bytes written */
static inline struct abi_result abi_read(uint64_t hart_id, uint64_t sequence, uint64_t address, uint64_t length)
{
	register uint64_t a3 __asm__("a3") = length;
	register uint64_t a0 __asm__("a0") = hart_id;
	register uint64_t a1 __asm__("a1") = sequence;
	register uint64_t a2 __asm__("a2") = address;
	register uint64_t a6 __asm__("a6") = HARTSCOPE_READ;
	register uint64_t a7 __asm__("a7") = HARTSCOPE_EID;
	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
	return (struct abi_result){ (int64_t)a0, a1 };
}

#endif
