/* Writes a guest's results to the UART of QEMU's virt machine, and ends the run through its test finisher. This file
 * contains small print functions, because these guests have no C library. */
#include "benchmarks/micro/report.h"

#define UART_ADDRESS 0x10000000
#define UART_LINE_STATUS 5
#define UART_EMPTY 0x20
#define FINISHER_ADDRESS 0x100000
#define FINISHER_PASS 0x5555
#define DIGITS 20

static void put(char byte)
{
	volatile uint8_t *uart = (volatile uint8_t *)UART_ADDRESS;
	while (!(uart[UART_LINE_STATUS] & UART_EMPTY))
		;
	uart[0] = (uint8_t)byte;
}

static void put_text(const char *text)
{
	while (*text)
		put(*text++);
}

static void put_number(uint64_t number)
{
	char digits[DIGITS + 1];
	char *first = digits + DIGITS;
	*first = '\0';
	do
		*--first = (char)('0' + number % 10);
	while (number /= 10);
	put_text(first);
}

void report_cost(const char *name, uint64_t total, uint64_t repetitions)
{
	put_text("hartscope: cost ");
	put_text(name);
	put(' ');
	put_number(total);
	put(' ');
	put_number(repetitions);
	put('\n');
}

void report_end(void)
{
	*(volatile uint32_t *)FINISHER_ADDRESS = FINISHER_PASS;
	for (;;)
		__asm__ volatile("wfi");
}
