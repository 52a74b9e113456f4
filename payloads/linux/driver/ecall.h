/* Calls hv from the kernel.
 * Used by monitor.c. Only ecall.c knows how the kernel makes an SBI call, and how SBI errors map to the kernel's error
 * numbers. */
#ifndef HARTSCOPE_DRIVER_ECALL_H
#define HARTSCOPE_DRIVER_ECALL_H

#include <linux/types.h>

/** Makes one SBI call to hv.
 * @param eid, fid   the extension and the function to call
 * @param argument   the values of the registers a0 to a3
 * @param value      receives the value that the call returns in a1; may be NULL
 * @return 0, or the SBI error as a negative error number: -EOPNOTSUPP (not supported), -EINVAL (invalid parameter),
 * -EACCES (denied), -EFAULT (invalid address), -EIO (all other SBI errors).
 * May be called in any context. The function returns when hv has executed the call. */
int ecall(unsigned long eid, unsigned long fid, const unsigned long argument[4], unsigned long *value);

#endif
