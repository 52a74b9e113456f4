/* The calls of hv's own EID that read or control the trace. ecall.c handles all other calls.
 * Only hv/core/ecall*.c use this header. */
#ifndef HV_CORE_ECALL_H
#define HV_CORE_ECALL_H

#include "hv/core/hart.h"

/** Answers CTRL, READ or SYNC. The answer is SBI_ERR_NOT_SUPPORTED in an image without module trace. Called on @p
 * hart.
 * @param function the FID, a6 of the guest */
void ecall_trace(struct hart *hart, uint64_t function);

/** Fills in the members of @p stat that describe @p target's ring. Leaves them 0 without module trace. Any hart may
 * call it for any target. */
void ecall_trace_stat(const struct hart *target, struct hartscope_stat *stat);

/** The value of INFO's member `consumer`: 0 nobody, 1 the firmware, 2 the payload. Any hart. */
uint64_t ecall_trace_consumer(void);

#endif
