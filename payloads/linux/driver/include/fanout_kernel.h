/* Includes all headers of the kernel that fanout.c needs.
 * In the module, fanout.c includes this file. In the unit test, it includes testing/fanout_kernel.h instead. */
#ifndef HARTSCOPE_DRIVER_FANOUT_KERNEL_H
#define HARTSCOPE_DRIVER_FANOUT_KERNEL_H

#include <linux/array_size.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#endif
