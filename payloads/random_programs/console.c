/* Prints on the console of the machine, and ends the run. On QEMU's virt machine, the console is a UART and the end is
 * a store to the reset device. Spike and Sail use the word `tohost` for both (HTIF). */
#include "payloads/random_programs/console.h"

#include "payloads/random_programs/parameters.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/uart.h"

#define LINE_STATUS 5
#define LINE_STATUS_EMPTY 0x20
#define HTIF_PUT_CHARACTER (UINT64_C(0x0101) << 48)
#define HTIF_EXIT 1

volatile uint64_t tohost __attribute__((aligned(64))), fromhost __attribute__((aligned(64)));

static void put_htif(uint64_t command)
{
	tohost = command;
	while (tohost)
		;
	fromhost = 0;
}

void uart_put(char byte)
{
	volatile uint8_t *uart = (volatile uint8_t *)UART_ADDRESS;

	if (parameters.htif) {
		put_htif(HTIF_PUT_CHARACTER | (uint8_t)byte);
		return;
	}
	while (!(uart[LINE_STATUS] & LINE_STATUS_EMPTY))
		;
	uart[0] = (uint8_t)byte;
}

void console_end(void)
{
	if (parameters.htif)
		tohost = HTIF_EXIT;
	else
		*(volatile uint32_t *)FINISHER_ADDRESS = FINISHER_PASS;
	for (;;)
		;
}
