/* Sends requests from hart to hart in the same way as kernels do: the sender first writes the data, and then sends an
 * MSI (machine software interrupt).
 * Used by guests in M-mode that send many requests at the same time.
 * Must not know what the requests are for. */
#ifndef PAYLOADS_RUNTIME_MSI_H
#define PAYLOADS_RUNTIME_MSI_H

#include <stdint.h>

#include "payloads/runtime/machine.h"

/* msi_request holds the pending request of each receiving hart, and msi_served counts the requests that each hart has
 * taken. The sender writes a request (release) before it sends the MSI. The handler on the receiving hart takes the
 * request (atomic exchange) and counts it. */
extern uint64_t msi_request[MAX_HARTS], msi_served[MAX_HARTS];

/** Sends request 1 to hart @p id, and returns when that hart has taken it. */
void msi_send(unsigned id);

/** Sets msi_served to 0. Then every hart sends @p rounds requests to its neighbour, all harts at the same time.
 * Meanwhile each hart also takes the requests that it receives.
 * @param each a function that each hart calls after each request that it has sent; may be null */
void msi_neighbours(unsigned rounds, void (*each)(unsigned round));

/** Sets the msi_served of hart @p id to 0. Then the caller sends @p rounds requests to that hart, which increments a
 * counter in memory in a loop. This loop never traps into a monitor. If an MSI is lost, no other trap can deliver the
 * request by chance, so a test notices the loss. */
void msi_to_counting_hart(unsigned id, unsigned rounds);

#endif
