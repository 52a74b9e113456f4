/* Functions that control the PLIC, as far as the tests need it. They route the interrupt of the UART to one context.
 * Used by interrupt tests. A context is one privilege mode of one hart.
 * Must not keep state. */
#ifndef PAYLOADS_RUNTIME_PLIC_H
#define PAYLOADS_RUNTIME_PLIC_H

#include <stdint.h>

#include "payloads/runtime/machine.h"

static inline volatile uint32_t *plic_register(uint64_t offset)
{
	return (volatile uint32_t *)(PLIC_ADDRESS + offset);
}

/** Returns the context of M-mode (@p supervisor is 0) or S-mode (1) of hart @p id. The contexts are in the order of the harts,
 * and a hart below BOOT_HART has only one for M-mode. */
static inline unsigned plic_context(unsigned id, unsigned supervisor)
{
	return 2 * id + supervisor - BOOT_HART;
}

/** Returns the address of the claim/complete register of @p context. */
static inline volatile uint32_t *plic_claim(unsigned context)
{
	return plic_register(0x200004 + 0x1000 * (uint64_t)context);
}

/** If @p on is 1, routes the UART's interrupt to @p context. If @p on is 0, ends this routing, and claims and completes
 * an interrupt that is already pending for @p context. The function writes the threshold last, because only that write
 * makes QEMU's PLIC look at its inputs again. Does nothing on a board without a PLIC. */
static inline void plic_route_uart(unsigned context, int on)
{
	if (!PLIC_ADDRESS)
		return;
	*plic_register(4 * UART_IRQ) = 1;
	if (!on) {
		uint32_t source = *plic_claim(context);
		if (source)
			*plic_claim(context) = source;
	}
	*plic_register(0x2000 + 0x80 * (uint64_t)context) = on ? 1u << UART_IRQ : 0;
	*plic_register(0x200000 + 0x1000 * (uint64_t)context) = 0;
}

#endif
