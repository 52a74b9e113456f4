/* printf's formatting into a buffer of limited size.
 * Called by hv/log. Pure: must not know where the text goes. */
#ifndef HV_LOG_FORMAT_H
#define HV_LOG_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/** Formats into @p buffer. A text that does not fit is cut; the buffer is always terminated.
 * @param size   size of @p buffer in bytes, at least 1
 * @param format may have %d %i %u %x %c %s %p %%, the flag -, a width, the lengths l, ll and z, and the flag 0 for %u
 * and %x
 * @return number of characters without the terminator, at most size - 1 */
size_t format_text(char *buffer, size_t size, const char *format, va_list arguments);

#endif
