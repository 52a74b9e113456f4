/* Writes a timeline as JSON for people, or as CSV for tables: one line a record.
 * Used by hstrace convert, as a sink of a timeline. Knows nothing of dump files. */
#ifndef TRACE_CONVERT_TEXT_H
#define TRACE_CONVERT_TEXT_H

#include "trace/convert/account.h"
#include "trace/convert/output.h"
#include "trace/convert/symbols.h"
#include "trace/convert/timeline.h"
#include "trace/error/error.h"

struct text_options {
	const struct symbols *symbols; /* for the functions of program counters; may be NULL */
	const char *cause;             /* only exits of this name; NULL for all */
	bool csv;                      /* else JSON */
};

struct text {
	struct output *output;
	struct text_options options;
	const struct timeline *timeline;
	char *function;               /* room for one as CSV takes it */
	uint64_t records, gaps, lost; /* written */
	struct account account;
};

/** Begins the text (of JSON: an object with the machine, and a list of records; of CSV: the line of column names).
 * @p text and @p output must stay until text_finish(), which is not to be called after an error.
 * @param sink the functions that a timeline calls */
enum error text_open(struct text *text, struct output *output, const struct text_options *options,
		     struct timeline_sink *sink) MUST_CHECK;

/** Ends the text, and frees what text_open() took. */
void text_finish(struct text *text);

#endif
