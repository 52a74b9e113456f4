/* The PLIC as far as the tests need it: one source, the UART, to one context.
 * Used by interrupt tests: hart h has context 2h for M-mode and 2h+1 for S-mode.
 * Must not keep state. */
#ifndef PAYLOADS_RUNTIME_PLIC_H
#define PAYLOADS_RUNTIME_PLIC_H

#include <stdint.h>

#include "payloads/runtime/machine.h"

static inline volatile uint32_t *plic_register(uint64_t offset)
{
	return (volatile uint32_t *)(PLIC_ADDRESS + offset);
}

/** The claim and complete register of @p context. */
static inline volatile uint32_t *plic_claim(unsigned context)
{
	return plic_register(0x200004 + 0x1000 * (uint64_t)context);
}

/** Lets the UART's interrupt reach @p context (1), or not (0): what is latched for it is then taken out.
 * The threshold comes last, as QEMU's PLIC looks at its inputs again only when that is written. */
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
