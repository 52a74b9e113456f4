/* The console: an NS16550A that the firmware and Linux also use.
 * Called by hv/log.
 * Must not know what a line is. */
#ifndef HV_DEVICE_UART_H
#define HV_DEVICE_UART_H

#include <stddef.h>

/** Writes @p length bytes of @p text, waiting for room byte by byte; the rest is lost where that takes too long.
 * Any hart; the caller keeps others out. */
void uart_write(const char *text, size_t length);

#endif
