/* Prints by storing each character to the UART's data register. It does not wait for the UART, because the UART of QEMU
 * is never busy. */
#include "third_party/toolchains/smoke/print.h"

#include "third_party/toolchains/smoke/uart.h"

void print(const char *text)
{
	struct uart *uart = (struct uart *)UART_ADDRESS;

	for (; *text; text++)
		uart->data = (uint8_t)*text;
}
