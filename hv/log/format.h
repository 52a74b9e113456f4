/* Formats text like printf, into a buffer of limited size.
 * Called by hv/log. The function is pure. It must not know where the text is written. */
#ifndef HV_LOG_FORMAT_H
#define HV_LOG_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/** Formats into @p buffer. If the text does not fit, its end is cut off. The buffer always ends with a terminator.
 * @param size   size of @p buffer in bytes, at least 1
 * @param format may contain the conversions %d %i %u %x %c %s %p %%, the flag -, a width, the lengths l, ll and z, and
 * for %u and %x the flag 0
 * @return number of characters without the terminator, at most size - 1 */
size_t format_text(char *buffer, size_t size, const char *format, va_list arguments);

#endif
