/* Whether a text is JSON: a dump's configuration comes from anyone.
 * Used where it goes into JSON that is written. Knows nothing of what it says. */
#ifndef TRACE_CONVERT_JSON_H
#define TRACE_CONVERT_JSON_H

#include <stdbool.h>

/** Whether @p text is one JSON value (RFC 8259), nested at most 64 deep, blanks around it allowed. Pure. */
bool json_is_value(const char *text);

#endif
