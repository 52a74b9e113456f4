/* The schemas of several dumps as one: all events and fields that any of them has.
 * Called by hstrace merge. Knows nothing of files. */
#ifndef TRACE_HSTRACE_SCHEMAS_H
#define TRACE_HSTRACE_SCHEMAS_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/dump/schema.h"
#include "trace/error/error.h"

/** Starts as zeros. */
struct schemas {
	char *text; /* of all; null without any */
	size_t bytes;
	struct dump_schema events;
};

/** Adds the lines of a schema chunk that are not there yet. The first, and those that are the same, are taken as they are.
 * @return ERROR_DATA if something means something else than in those before, or has a line that cannot be read, so that this is
 * not known */
enum error schemas_add(struct schemas *schemas, const char *text, size_t bytes) MUST_CHECK;

void schemas_release(struct schemas *schemas);

#endif
