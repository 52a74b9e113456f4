/* The functions that answer hv's ecalls which read or control the trace. ecall.c answers all other ecalls of hv.
 * Only hv/core/ecall*.c use this header. */
#ifndef HV_CORE_ECALL_H
#define HV_CORE_ECALL_H

#include "hv/core/hart.h"

/** Answers CTRL, READ or SYNC. The answer is SBI_ERR_NOT_SUPPORTED in an image without module trace. Called on @p
 * hart.
 * @param function the FID, a6 of the guest */
void ecall_trace(struct hart *hart, uint64_t function);

/** Fills in the members of @p stat that describe @p target's ring. In an image without module trace, leaves these
 * members 0. Any hart may call it for any target. */
void ecall_trace_stat(const struct hart *target, struct hartscope_stat *stat);

/** The value of the member `consumer` in the answer of INFO: 1 for the firmware, 2 for the payload, 0 if there is no
 * consumer. Any hart may call it. */
uint64_t ecall_trace_consumer(void);

#endif
