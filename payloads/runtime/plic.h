/* Functions that control the PLIC, as far as the tests need it. They route the interrupt of the UART to one context.
 * Used by interrupt tests. A context is one privilege mode of one hart: context 2h is M-mode of hart h, and context
 * 2h+1 is its S-mode.
 * Must not keep state. */
#ifndef PAYLOADS_RUNTIME_PLIC_H
#define PAYLOADS_RUNTIME_PLIC_H

#include <stdint.h>

#include "payloads/runtime/machine.h"

static inline volatile uint32_t *plic_register(uint64_t offset)
{
	return (volatile uint32_t *)(PLIC_ADDRESS + offset);
}

/** Returns the address of the claim/complete register of @p context. */
static inline volatile uint32_t *plic_claim(unsigned context)
{
	return plic_register(0x200004 + 0x1000 * (uint64_t)context);
}

/** If @p on is 1, routes the UART's interrupt to @p context. If @p on is 0, ends this routing, and claims and completes
 * an interrupt that is already pending for @p context. The function writes the threshold last, because only that write
 * makes QEMU's PLIC look at its inputs again. */
static inline void plic_route_uart(unsigned context, int on)
{
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
