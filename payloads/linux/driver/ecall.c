// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Calls hv with the kernel's sbi_ecall(), and translates SBI errors to the kernel's error numbers. */
#include "ecall.h"

#include <linux/errno.h>
#include <asm/sbi.h>

static int errno_of(long error)
{
	switch (error) {
	case SBI_SUCCESS:
		return 0;
	case SBI_ERR_NOT_SUPPORTED:
		return -EOPNOTSUPP;
	case SBI_ERR_INVALID_PARAM:
		return -EINVAL;
	case SBI_ERR_DENIED:
		return -EACCES;
	case SBI_ERR_INVALID_ADDRESS:
		return -EFAULT;
	default:
		return -EIO;
	}
}

int ecall(unsigned long eid, unsigned long fid, const unsigned long argument[4], unsigned long *value)
{
	struct sbiret result = sbi_ecall((int)eid, (int)fid, argument[0], argument[1], argument[2], argument[3], 0, 0);
	if (value)
		*value = result.value;
	return errno_of(result.error);
}
