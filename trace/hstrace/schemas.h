/* The schemas of several dumps as one: all events and fields that any of them has.
 * Called by hstrace merge. Knows nothing of files. */
#ifndef TRACE_HSTRACE_SCHEMAS_H
#define TRACE_HSTRACE_SCHEMAS_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/dump/schema.h"

/** Starts as zeros. */
struct schemas {
	char *text; /* of all; null without any */
	size_t bytes;
	struct dump_schema events;
};

/** Adds the lines of a schema chunk that are not there yet. The first, and those that are the same, are taken as they are.
 * @param error where a message goes, of at most @p error_bytes bytes, if false is returned: something means something else
 *              than in those before, or has a line that cannot be read, so that this is not known */
bool schemas_add(struct schemas *schemas, const char *text, size_t bytes, char *error, size_t error_bytes);

void schemas_release(struct schemas *schemas);

#endif
