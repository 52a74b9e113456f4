/* Parts of the answers to hv's own ecalls that have a file of their own.
 * Used by hv/core's ecall*.c only. */
#ifndef HV_CORE_ECALL_H
#define HV_CORE_ECALL_H

#include "hv/core/hart.h"

/** Answers CTRL, READ or SYNC; without module trace, that it is not supported. */
void ecall_trace(struct hart *hart, uint64_t function);

/** Fills in what STAT says of @p target's ring. */
void ecall_trace_stat(const struct hart *target, struct hartscope_stat *stat);

/** INFO's consumer: 0 none, 1 the firmware, 2 the payload. */
uint64_t ecall_trace_consumer(void);

#endif
