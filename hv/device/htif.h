/* Spike's host-target interface (HTIF). A guest writes a request to the register `tohost`, and the host sets the register to 0
 * when it has served the request. The register `fromhost` holds the host's answers, and the host waits until the guest has
 * set it to 0 (Spike's fesvr/htif.cc and fesvr/device.h).
 * Used by the drivers of the console and the reset device. */
#ifndef HV_DEVICE_HTIF_H
#define HV_DEVICE_HTIF_H

#include <stdbool.h>

#include "hv/device/mmio.h"
#include "hv/platform/platform.h"

#define HTIF_FROMHOST 0
#define HTIF_TOHOST 8

/** A request to print one byte: device 1, command 1. */
#define HTIF_PRINT (1ull << 56 | 1ull << 48)

/** A request to end the machine with an exit code from 0 to 127: device 0, command 0, bit 0 set. */
#define HTIF_EXIT(code) ((uint64_t)(code) << 1 | 1)

/** Whether the host accepts a request. The answers to earlier requests are discarded. */
static inline bool htif_accepts(void)
{
	if (mmio_read64(platform.uart.base + HTIF_FROMHOST))
		mmio_write64(platform.uart.base + HTIF_FROMHOST, 0);
	return mmio_read64(platform.uart.base + HTIF_TOHOST) == 0;
}

/** Makes a request. */
static inline void htif_request(uint64_t request)
{
	mmio_write64(platform.uart.base + HTIF_TOHOST, request);
}

#endif
