/* The integer types of <stdint.h>, as the kernel has them.
 * Included in the module by the headers that it shares with hv and with user space, which must include nothing else.
 * Knows nothing of them. */
#ifndef HARTSCOPE_DRIVER_STDINT_H
#define HARTSCOPE_DRIVER_STDINT_H

#include <linux/types.h>

#endif
