/* The registers of the serial line and of the test finisher on QEMU's virt board that the smoke test needs.
 * Only the smoke test of the toolchain uses it.
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
