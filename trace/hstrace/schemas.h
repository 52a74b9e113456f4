/* Merges the schemas of several dumps into one schema. The merged schema has all events and all fields of all dumps.
 * Called by hstrace merge. Knows nothing about files. */
#ifndef TRACE_HSTRACE_SCHEMAS_H
#define TRACE_HSTRACE_SCHEMAS_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/dump/schema.h"
#include "trace/error/error.h"

/** The merged schema. The caller first sets all members to 0. */
struct schemas {
	char *text; /* the text of the merged schema; null until the first schema is added */
	size_t bytes;
	struct dump_schema events;
};

/** Adds those lines of a schema chunk that the merged schema does not have yet. The first schema is copied without
 * checks.
 * @return ERROR_DATA if the schema contradicts an earlier schema, or if a line cannot be parsed. (Nobody can say
 * whether such a line contradicts an earlier schema.) */
enum error schemas_add(struct schemas *schemas, const char *text, size_t bytes) MUST_CHECK;

/** Frees the merged schema. */
void schemas_release(struct schemas *schemas);

#endif
