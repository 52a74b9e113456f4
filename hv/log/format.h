/* printf's formatting into a bounded buffer.
 * Called by hv/log.
 * Pure: must not know where the text goes. */
#ifndef HV_LOG_FORMAT_H
#define HV_LOG_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/** Formats into @p buffer of @p size bytes (> 0), cut to what fits, always terminated.
 * Knows %d %i %u %x %c %s %p %% with -, a width, the lengths l, ll, z, and 0 for %u and %x.
 * @return characters written without the terminator (at most size - 1) */
size_t format_text(char *buffer, size_t size, const char *format, va_list arguments);

#endif
