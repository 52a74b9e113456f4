/* The console: an NS16550A, which the firmware and Linux use, too.
 * Called by hv/log. Must not know what a line is. */
#ifndef HV_DEVICE_UART_H
#define HV_DEVICE_UART_H

#include <stddef.h>

/** Writes @p length bytes of @p text. Waits until the UART accepts each byte; if that takes too long, the rest of
 * the text is lost. Any hart may call it, but the caller makes sure that no two harts do so at the same time. */
void uart_write(const char *text, size_t length);

#endif
