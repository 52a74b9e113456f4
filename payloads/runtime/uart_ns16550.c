/* Drives a 16550A UART, such as that of QEMU's virt machine. It polls the status register and uses no interrupts. */
#include "payloads/runtime/uart.h"

#include "payloads/runtime/machine.h"

#define TRANSMIT 0
#define INTERRUPT_ENABLE 1
#define INTERRUPT_IDENTITY 2
#define LINE_STATUS 5
#define LINE_STATUS_EMPTY 0x20

static volatile uint8_t *const registers = (volatile uint8_t *)UART_ADDRESS;

void uart_put(char byte)
{
	while (!(registers[LINE_STATUS] & LINE_STATUS_EMPTY))
		;
	registers[TRANSMIT] = (uint8_t)byte;
}

void uart_flush(void)
{
}

void uart_interrupt_when_empty(int on)
{
	registers[INTERRUPT_ENABLE] = on ? 2 : 0;
	if (!on)
		(void)registers[INTERRUPT_IDENTITY];
}
