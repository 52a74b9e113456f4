/* QEMU virt's serial line and test finisher, as far as one printed line needs them.
 * Used by the toolchain's smoke test only.
 * Must not know what is printed. */
#ifndef THIRD_PARTY_TOOLCHAINS_SMOKE_UART_H
#define THIRD_PARTY_TOOLCHAINS_SMOKE_UART_H

#include <stdint.h>

#define UART_ADDRESS 0x10000000
#define FINISHER_ADDRESS 0x100000
#define FINISHER_PASS 0x5555

struct uart {
	volatile uint8_t data, interrupt_enable, interrupt_identity, line_control, modem_control, line_status;
};

#endif
