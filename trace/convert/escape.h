/* Escapes names, which may contain any bytes, so that every output format can contain the names. A byte that a format
 * cannot contain becomes \xHH. Different names have different results.
 * Used by the code that reads and writes names of functions. Knows nothing of the files that contain the names. */
#ifndef TRACE_CONVERT_ESCAPE_H
#define TRACE_CONVERT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/** One byte of a name becomes at most this many bytes, even if both escape_name() and escape_more() are called. */
#define ESCAPE_FACTOR 4

/** Returns the length in bytes of the UTF-8 character at the start of @p text (RFC 3629). Returns 0 if the text does
 * not begin with a valid character, or if it is empty. Pure. */
size_t escape_utf8_length(const char *text);

/** Writes @p name as valid UTF-8. A byte that is not part of a UTF-8 character becomes \xHH. If the name already
 * contains the characters \xHH, their backslash becomes \x5c. Any other backslash stays. So each \xHH in the result
 * stands for one byte of the name, and different names have different results.
 * @param to room for ESCAPE_FACTOR * strlen(name) + 1 bytes
 * @return length of the result */
size_t escape_name(char *to, const char *name);

/** One byte of a text becomes at most this many bytes in JSON. */
#define ESCAPE_JSON_FACTOR 6

/** Writes @p text as the contents of a JSON string, without the quotes around it (RFC 8259).
 * @param to room for ESCAPE_JSON_FACTOR * strlen(text) + 1 bytes
 * @return length of the result */
size_t escape_json(char *to, const char *text);

/** Escapes more characters in a result of escape_name(). ASCII control characters become \xHH, and so do the characters
 * in @p more. Different names still have different results.
 * @param to room for ESCAPE_FACTOR bytes for each byte of the name, plus 1
 * @return length of the result */
size_t escape_more(char *to, const char *text, const char *more);

#endif
