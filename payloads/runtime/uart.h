/* The console, byte by byte.
 * Called by print. Knows no lines and no locks. */
#ifndef PAYLOADS_RUNTIME_UART_H
#define PAYLOADS_RUNTIME_UART_H

#include <stdint.h>

/** Sends @p byte when the transmitter has room. Any hart, any mode. */
void uart_put(char byte);

/** Lets the UART raise its interrupt while its transmitter is empty (which it is), or not. */
void uart_interrupt_when_empty(int on);

#endif
