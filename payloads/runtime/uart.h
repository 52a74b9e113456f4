/* Sends bytes to the console, and controls the UART's interrupt.
 * Called by print() and by interrupt tests.
 * Must not know lines or locks. */
#ifndef PAYLOADS_RUNTIME_UART_H
#define PAYLOADS_RUNTIME_UART_H

#include <stdint.h>

/** Waits until the transmitter has room, and sends @p byte. May be called on any hart in any mode. */
void uart_put(char byte);

/** Enables (@p on 1) or disables (0) the UART's interrupt for an empty transmitter. As the transmitter is normally
 * empty, enabling it raises the interrupt. */
void uart_interrupt_when_empty(int on);

#endif
