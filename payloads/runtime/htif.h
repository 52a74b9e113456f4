/* Requests to the host of Spike's machine (HTIF; Spike's fesvr/htif.cc). A guest writes a request to the register tohost, and
 * the host sets the register to 0 when it has served the request. The register fromhost holds the host's answers.
 * Used by the drivers of the console and of the end of a run.
 * Must not keep state. */
#ifndef PAYLOADS_RUNTIME_HTIF_H
#define PAYLOADS_RUNTIME_HTIF_H

#include <stdint.h>

#include "payloads/runtime/machine.h"

#define HTIF_FROMHOST 0
#define HTIF_TOHOST 1

/** Waits until the host has served the last request, and makes @p request. Discards the answers to earlier requests. */
static inline void htif_request(uint64_t request)
{
	volatile uint64_t *registers = (volatile uint64_t *)HTIF_ADDRESS;

	while (registers[HTIF_TOHOST])
		if (registers[HTIF_FROMHOST])
			registers[HTIF_FROMHOST] = 0;
	registers[HTIF_TOHOST] = request;
}

#endif
