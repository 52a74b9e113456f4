/* Merges the schemas of several dumps into one, which has all events and fields that any of them has.
 * Called by hstrace merge. Knows nothing about files. */
#ifndef TRACE_HSTRACE_SCHEMAS_H
#define TRACE_HSTRACE_SCHEMAS_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/dump/schema.h"
#include "trace/error/error.h"

/** Starts as zeros. */
struct schemas {
	char *text; /* the merged schema; null before the first is added */
	size_t bytes;
	struct dump_schema events;
};

/** Adds the lines of a schema chunk that are not there yet. The first schema is copied without being checked.
 * @return ERROR_DATA if the schema contradicts an earlier one, or if it has a line that cannot be parsed and so may
 *         contradict one */
enum error schemas_add(struct schemas *schemas, const char *text, size_t bytes) MUST_CHECK;

/** Frees the merged schema. */
void schemas_release(struct schemas *schemas);

#endif
