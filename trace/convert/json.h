/* Checks whether a text is JSON. A dump's configuration should be JSON, but a dump may come from anyone.
 * Used before the configuration is copied into JSON output. Does not interpret the JSON. */
#ifndef TRACE_CONVERT_JSON_H
#define TRACE_CONVERT_JSON_H

#include <stdbool.h>

/** Returns whether @p text is one JSON value (RFC 8259). Arrays and objects may be nested at most 64 levels deep. The
 * text may begin and end with blanks. Pure. */
bool json_is_value(const char *text);

#endif
