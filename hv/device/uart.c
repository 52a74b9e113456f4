/* Driver of an NS16550A, which polls the device. hv does not change the settings of the device, because the firmware
 * chooses them. */
#include "hv/device/uart.h"

#include "hv/device/mmio.h"
#include "hv/platform/platform.h"

#define UART_TRANSMIT 0
#define UART_LINE_STATUS 5
#define LINE_STATUS_EMPTY 0x20
#define POLLS_MAX 1000000

void uart_write(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned polls = 0;

		while (!(mmio_read8(platform.uart_base + UART_LINE_STATUS) & LINE_STATUS_EMPTY) && polls < POLLS_MAX)
			polls++;
		if (polls == POLLS_MAX) /* a guest that stops or slows down the transmitter must not block hv */
			return;
		mmio_write8(platform.uart_base + UART_TRANSMIT, (uint8_t)text[i]);
	}
}
