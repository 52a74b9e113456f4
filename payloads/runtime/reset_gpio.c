/* Ends the HiFive Unleashed by its reset signal, which is active while a GPIO pin is low (FU540-C000 manual, chapter 17). QEMU
 * ends then, if it has the option -no-reboot. */
#include "payloads/runtime/machine.h"
#include "payloads/runtime/reset.h"
#include "payloads/runtime/uart.h"

#include <stdint.h>

#define OUTPUT_ENABLE 2
#define OUTPUT_VALUE 3
#define PIN (1u << GPIO_RESET_PIN)

void reset_end(unsigned code)
{
	volatile uint32_t *registers = (volatile uint32_t *)GPIO_ADDRESS;

	(void)code;
	uart_flush();
	registers[OUTPUT_VALUE] |= PIN;
	registers[OUTPUT_ENABLE] |= PIN;
	registers[OUTPUT_VALUE] &= ~PIN;
	for (;;)
		__asm__ volatile("wfi");
}
