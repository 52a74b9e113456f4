/* Constant data that describes a board: the addresses of its reset device and its console.
 * Used by hv/core and hv/device. Must not have logic that depends on the board. */
#ifndef HV_PLATFORM_PLATFORM_H
#define HV_PLATFORM_PLATFORM_H

#include <stdint.h>

/** Addresses are physical; sizes are in bytes. */
struct platform {
	const char *name;
	uint64_t reset_base, reset_size; /* SiFive test finisher; size 0 if reset is not memory-mapped */
	uint64_t uart_base;              /* NS16550A with byte registers */
};

/** The board for which the image is built. The build selects the file that defines it. */
extern const struct platform platform;

#endif
