/* Drives SiFive's UART (FU540-C000 manual, chapter 13). It polls the full flag and uses no interrupts. */
#include "payloads/runtime/uart.h"

#include "payloads/runtime/machine.h"

#define TRANSMIT 0
#define TRANSMIT_FULL 0x80000000
#define CONTROL 2
#define CONTROL_ENABLE 1
#define CONTROL_WATERMARK_1 0x10000 /* the watermark's interrupt is pending while the queue has less than one byte */
#define INTERRUPT_ENABLE 4
#define INTERRUPT_WATERMARK 1
#define QUEUE_BYTES 8

static volatile uint32_t *const registers = (volatile uint32_t *)UART_ADDRESS;

/* After a reset, the transmitter is off, and nothing leaves its queue. */
void uart_put(char byte)
{
	registers[CONTROL] = CONTROL_ENABLE | CONTROL_WATERMARK_1;
	while (registers[TRANSMIT] & TRANSMIT_FULL)
		;
	registers[TRANSMIT] = (uint8_t)byte;
}

/* No register shows whether the queue is empty in QEMU, where the watermark's interrupt is always pending. When the queue
 * has accepted as many further bytes as it can hold, the earlier ones have left it. */
void uart_flush(void)
{
	for (unsigned i = 0; i < QUEUE_BYTES; i++)
		uart_put('\n');
}

void uart_interrupt_when_empty(int on)
{
	registers[CONTROL] = CONTROL_ENABLE | CONTROL_WATERMARK_1;
	registers[INTERRUPT_ENABLE] = on ? INTERRUPT_WATERMARK : 0;
}
