/* An anchor: the moment of a run that --align lets coincide with the same moment of other runs. It is the first record
 * or a mark.
 * Called by hstrace merge. Knows nothing about how the runs are shifted. */
#ifndef TRACE_HSTRACE_ANCHOR_H
#define TRACE_HSTRACE_ANCHOR_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/error/error.h"
#include "trace/hstrace/options.h"

struct anchor {
	bool is_mark; /* true: the first MARK record with this id; false: the first record of the run */
	uint64_t id;
};

/** Parses an anchor, "start" or "mark:ID". @return false if @p word is neither */
bool anchor_read(const char *word, struct anchor *anchor);

/** Finds the time of an anchor in FILE number @p file (from 0).
 * @param ns set to the time, in nanoseconds of that run's mtime
 * @return ERROR_OPTION if the dump does not have the anchor */
enum error anchor_find(const struct anchor *anchor, const char *command, struct options *options, unsigned file,
		       int64_t *ns) MUST_CHECK;

#endif
