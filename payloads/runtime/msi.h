/* Requests between harts by MSI, as kernels send them: first the data, then the interrupt.
 * Used by guests in M-mode that send many requests at the same time.
 * Must not know what the requests are for. */
#ifndef PAYLOADS_RUNTIME_MSI_H
#define PAYLOADS_RUNTIME_MSI_H

#include <stdint.h>

#include "payloads/runtime/machine.h"

/* For each receiving hart: its pending request, and how many requests it has taken. The sender writes a request
 * (release) before it sends the MSI. The receiver's handler takes the request (exchange) and counts it. */
extern uint64_t msi_request[MAX_HARTS], msi_served[MAX_HARTS];

/** Sends request 1 to hart @p id, and returns when that hart has taken it. */
void msi_send(unsigned id);

/** All harts at the same time send @p rounds requests to their neighbours, and take the requests that they receive
 * meanwhile. Sets msi_served to 0 first.
 * @param each called by each hart after each request that it has sent, or null */
void msi_neighbours(unsigned rounds, void (*each)(unsigned round));

/** Hart 0 sends @p rounds requests to hart @p id, each while that hart increments a counter in memory. This loop makes
 * no exits to a monitor, so no other exit can deliver a request if its MSI is lost. Sets that hart's msi_served to 0
 * first. */
void msi_to_counting_hart(unsigned id, unsigned rounds);

#endif
