/* Defines the integer types of <stdint.h> with the kernel's headers, because the kernel has no <stdint.h>.
 * The headers that the module shares with hv and user space include it. */
#ifndef HARTSCOPE_DRIVER_STDINT_H
#define HARTSCOPE_DRIVER_STDINT_H

#include <linux/types.h>

#endif
