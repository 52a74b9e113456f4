/* Makes names from files of any origin fit for outputs: bytes that an output cannot hold become \xHH, in such a way that
 * different names stay different.
 * Used by what writes names. Knows nothing of where they come from. */
#ifndef TRACE_CONVERT_ESCAPE_H
#define TRACE_CONVERT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/** Bytes that each byte of a name can become, by escape_name() and by escape_more() together, at most. */
#define ESCAPE_FACTOR 4

/** Bytes of the UTF-8 character that @p text begins with (RFC 3629); 0 if it begins with none, and at its end. Pure. */
size_t escape_utf8_length(const char *text);

/** Writes @p name as UTF-8: bytes that are none become \xHH. A backslash stays as it is, except before xHH, where it becomes
 * \x5c: so each \xHH of the result is a byte of the name, and no other name has the same result.
 * @param to ESCAPE_FACTOR * strlen(name) + 1 bytes @return the length */
size_t escape_name(char *to, const char *name);

/** Writes a text that escape_name() made with ASCII control characters, and those in @p more, as \xHH, too. What was said of
 * its result holds for this one. @param to as above @return the length */
size_t escape_more(char *to, const char *text, const char *more);

#endif
