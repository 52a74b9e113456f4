/* The console: the UART of the board, which the firmware and Linux use, too.
 * Called by hv/log. Must not know about lines of text. */
#ifndef HV_DEVICE_UART_H
#define HV_DEVICE_UART_H

#include <stddef.h>

/** Writes @p length bytes of @p text. Before each byte, it waits until the UART accepts the byte. If that takes too
 * long, the rest of the text is lost. Any hart may call it, but the callers must ensure that no two harts call it at
 * the same time. */
void uart_write(const char *text, size_t length);

#endif
