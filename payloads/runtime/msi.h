/* Requests from hart to hart by MSI, as a kernel sends them: data, then the interrupt.
 * Used by guests in M-mode that want many of them at once.
 * Must not know why they are sent. */
#ifndef PAYLOADS_RUNTIME_MSI_H
#define PAYLOADS_RUNTIME_MSI_H

#include <stdint.h>

#include "payloads/runtime/machine.h"

/* One for each receiver. A request is written by its sender (release, before the MSI), and taken by the receiver's handler
 * (exchange), which counts it. */
extern uint64_t msi_request[MAX_HARTS], msi_served[MAX_HARTS];

/** Sends hart @p id request 1, and returns when it has been taken. */
void msi_send(unsigned id);

/** Every hart sends @p rounds requests to its neighbour, all at once, and serves its own meanwhile; msi_served begins at 0.
 * @param each called by each hart after each of its own, or null */
void msi_neighbours(unsigned rounds, void (*each)(unsigned round));

/** Hart 0 sends @p rounds requests to hart @p id, each while that hart counts in memory. Counting makes no exit to a
 * monitor, so that no other exit delivers a request whose MSI was lost. msi_served of that hart begins at 0. */
void msi_to_counting_hart(unsigned id, unsigned rounds);

#endif
