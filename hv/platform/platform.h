/* A board as const data: where its memory, interrupt controller, console and reset device are.
 * Used by boot, log and hv/device. Must hold no logic that depends on which board it is. */
#ifndef HV_PLATFORM_PLATFORM_H
#define HV_PLATFORM_PLATFORM_H

#include <stdint.h>

struct platform {
	const char *name;
	uint64_t reset_base, reset_size; /* SiFive test finisher; size 0 where reset is not memory-mapped */
	uint64_t uart_base;              /* NS16550A, byte registers */
};

/** The board this image is for; the build picks the file that defines it. */
extern const struct platform platform;

#endif
