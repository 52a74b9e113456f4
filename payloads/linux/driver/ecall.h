/* Calls of hv from the kernel.
 * Used by the rest of the driver. The only place that knows how the kernel makes an SBI call, and which error is which. */
#ifndef HARTSCOPE_DRIVER_ECALL_H
#define HARTSCOPE_DRIVER_ECALL_H

#include <linux/types.h>

/** Makes one call of hv.
 * @param eid, fid   which
 * @param argument   its first four arguments
 * @param value      a1 as it returns; may be NULL
 * @return 0, or what the SBI error comes to: -EOPNOTSUPP, -EINVAL (parameter), -EACCES (denied), -EFAULT (address), -EIO.
 * Context: any that may take as long as the call does. */
int ecall(unsigned long eid, unsigned long fid, const unsigned long argument[4], unsigned long *value);

#endif
