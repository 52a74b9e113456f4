/* Escapes names that come from any file, so that every output format can contain them: bytes that a format cannot
 * contain become \xHH. Different names stay different.
 * Used by the code that reads and writes names of functions. Knows nothing of where they come from. */
#ifndef TRACE_CONVERT_ESCAPE_H
#define TRACE_CONVERT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/** One byte of a name becomes at most this many bytes, even after both escape_name() and escape_more(). */
#define ESCAPE_FACTOR 4

/** Length in bytes of the UTF-8 character at the start of @p text (RFC 3629). 0 if there is no valid character, or if
 * the text is empty. Pure. */
size_t escape_utf8_length(const char *text);

/** Writes @p name as valid UTF-8. A byte that is not part of a UTF-8 character becomes \xHH. A backslash before xHH
 * becomes \x5c, and any other backslash stays. So each \xHH in the result stands for one byte of the name, and
 * different names have different results.
 * @param to room for ESCAPE_FACTOR * strlen(name) + 1 bytes
 * @return length of the result */
size_t escape_name(char *to, const char *name);

/** Escapes more characters in a result of escape_name(): ASCII control characters, and the characters in @p more,
 * become \xHH as well. Different names still have different results.
 * @param to room for ESCAPE_FACTOR bytes for each byte of the name, plus 1
 * @return length of the result */
size_t escape_more(char *to, const char *text, const char *more);

#endif
