/* Sends bytes to the console, and controls the UART's interrupt.
 * Called by print() and by interrupt tests.
 * Must not know about lines of text or about locks. */
#ifndef PAYLOADS_RUNTIME_UART_H
#define PAYLOADS_RUNTIME_UART_H

#include <stdint.h>

/** Waits until the transmitter can take a byte, and sends @p byte. May be called on any hart in any mode. */
void uart_put(char byte);

/** Waits until the bytes that were sent have left the machine. Called before the end of a run. May send line breaks. */
void uart_flush(void);

/** Enables the UART's transmitter-empty interrupt if @p on is 1, and disables it if @p on is 0. The transmitter is
 * normally empty, so the UART raises the interrupt as soon as it is enabled. Does nothing on a board whose console has no interrupt. */
void uart_interrupt_when_empty(int on);

#endif
