/* Functions by which guests make the ecalls that hv answers.
 * Used in M-mode and S-mode by tests of the classes abi and hv, which also end their run by an ecall.
 * Must not be used before test_begin() has checked that hv is present, because nothing answers these ecalls on the bare
 * machine. */
#ifndef PAYLOADS_RUNTIME_ABI_H
#define PAYLOADS_RUNTIME_ABI_H

#include <stdint.h>

#include "abi/hartscope.h"
#include "payloads/runtime/ecall.h"

#define ABI_EID HARTSCOPE_EID
#define ABI_PEER_EID HARTSCOPE_PEER_EID

/** Makes an ecall with EID @p eid (a7), FID @p fid (a6) and three arguments. If neither hv nor the firmware answers the
 * ecall, it traps.
 * @return a0 as the error and a1 as the value */
static inline struct ecall_result abi_call(uint64_t eid, uint64_t fid, uint64_t a, uint64_t b, uint64_t c)
{
	return ecall(eid, fid, a, b, c, 0, 0);
}

/** Calls HARTSCOPE_READ. hv copies at most @p length bytes to @p address. The bytes come from the trace ring of hart @p
 * hart_id and begin with slot @p sequence.
 * @return a0 as the error and a1 as the number of bytes written */
static inline struct ecall_result abi_read(uint64_t hart_id, uint64_t sequence, uint64_t address, uint64_t length)
{
	return ecall(ABI_EID, HARTSCOPE_READ, hart_id, sequence, address, length, 0);
}

#endif
