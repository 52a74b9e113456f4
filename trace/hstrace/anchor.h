/* The moment of a run that is laid upon the same moment of other runs: its first record, or a mark.
 * Called by hstrace merge. Knows nothing of how the runs are moved. */
#ifndef TRACE_HSTRACE_ANCHOR_H
#define TRACE_HSTRACE_ANCHOR_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/error/error.h"
#include "trace/hstrace/options.h"

struct anchor {
	bool is_mark; /* the run's first MARK with this id; else its first record */
	uint64_t id;
};

/** Reads an anchor: "start", or "mark:ID". @return whether it is one */
bool anchor_read(const char *word, struct anchor *anchor);

/** Finds when it was in the dump that is the FILE number @p file, in nanoseconds of that run's mtime.
 * @return ERROR_OPTION if the dump does not have it */
enum error anchor_find(const struct anchor *anchor, const char *command, struct options *options, unsigned file,
		       int64_t *ns) MUST_CHECK;

#endif
