/* Writes a timeline as JSON or CSV, one line per record.
 * hstrace convert uses it as a sink of a timeline. Knows nothing of dump files. */
#ifndef TRACE_CONVERT_TEXT_H
#define TRACE_CONVERT_TEXT_H

#include "trace/convert/account.h"
#include "trace/convert/function_text.h"
#include "trace/convert/name_cache.h"
#include "trace/convert/output.h"
#include "trace/convert/symbols.h"
#include "trace/convert/timeline.h"
#include "trace/error/error.h"

struct text_options {
	const struct symbols *symbols; /* gives the names of functions at program counters; may be NULL */
	const char *cause;             /* only exits with this name are written; NULL for all exits */
	bool csv;                      /* true for CSV, false for JSON */
};

struct text {
	struct output *output;
	struct text_options options;
	const struct timeline *timeline;
	struct function_texts functions;
	struct name_cache *names;
	char *selected; /* by kind of exit: whether options.cause selects it, 'y' or 'n'; 0 if that is not known yet */
	uint64_t records, gaps, lost; /* numbers of records and gaps that have been written, and of slots in the gaps */
	struct account account;
};

/** Begins the text. For CSV, writes the line of column names.
 * @param text must exist until text_finish(); @p output, too
 * @param sink receives the sink through which a timeline calls this converter
 * @return ERROR_MEMORY or ERROR_NONE; after an error, text_finish() must not be called */
enum error text_open(struct text *text, struct output *output, const struct text_options *options,
		     struct timeline_sink *sink) MUST_CHECK;

/** Ends the text, completes text->account, and frees what text_open() allocated. */
void text_finish(struct text *text);

#endif
