/* Drivers of UARTs, which poll the device. hv does not change the settings of the device, because the firmware chooses
 * them. The switches go away in the image, because the board's data is constant. */
#include "hv/device/uart.h"

#include <stdbool.h>

#include "hv/device/htif.h"
#include "hv/device/mmio.h"
#include "hv/platform/platform.h"

#define NS16550_TRANSMIT 0
#define NS16550_LINE_STATUS 5
#define NS16550_EMPTY 0x20

#define SIFIVE_TRANSMIT 0
#define SIFIVE_FULL 0x80000000u
#define SIFIVE_CONTROL 2
#define SIFIVE_ENABLE 1

#define POLLS_MAX 1000000

/* These are always inlined, because each byte that hv prints needs them, and with a constant number they are one instruction. */
static inline __attribute__((always_inline)) uint32_t read(unsigned number)
{
	uint64_t address = platform.uart.base + (uint64_t)number * platform.uart.stride;

	return platform.uart.stride == 4 ? mmio_read32(address) : mmio_read8(address);
}

static inline __attribute__((always_inline)) void write(unsigned number, uint32_t value)
{
	uint64_t address = platform.uart.base + (uint64_t)number * platform.uart.stride;

	if (platform.uart.stride == 4)
		mmio_write32(address, value);
	else
		mmio_write8(address, (uint8_t)value);
}

/* Whether the UART accepts a byte. After a reset, SiFive's transmitter is off, and then it accepts only as many bytes as
 * its queue has room for. hv turns it on, because the firmware may not have done so yet. */
static bool accepts(void)
{
	switch (platform.uart.kind) {
	case UART_SIFIVE:
		if (!(read(SIFIVE_CONTROL) & SIFIVE_ENABLE))
			write(SIFIVE_CONTROL, read(SIFIVE_CONTROL) | SIFIVE_ENABLE);
		return !(read(SIFIVE_TRANSMIT) & SIFIVE_FULL);
	case UART_HTIF:
		return htif_accepts();
	default:
		return read(NS16550_LINE_STATUS) & NS16550_EMPTY;
	}
}

static void send(uint8_t byte)
{
	switch (platform.uart.kind) {
	case UART_SIFIVE:
		write(SIFIVE_TRANSMIT, byte);
		break;
	case UART_HTIF:
		htif_request(HTIF_PRINT | byte);
		break;
	default:
		write(NS16550_TRANSMIT, byte);
		break;
	}
}

void uart_write(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned polls = 0;

		while (!accepts() && polls < POLLS_MAX)
			polls++;
		if (polls == POLLS_MAX) /* a guest that stops or slows down the transmitter must not block hv */
			return;
		send((uint8_t)text[i]);
	}
}
