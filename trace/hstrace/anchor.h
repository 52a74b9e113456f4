/* Finds the anchor of a run for --align. hstrace merge --align shifts runs in time so that their anchors have the same
 * time. An anchor is the first record of a run, or the first mark with a certain id.
 * Called by hstrace merge. Does not shift the runs itself. */
#ifndef TRACE_HSTRACE_ANCHOR_H
#define TRACE_HSTRACE_ANCHOR_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/error/error.h"
#include "trace/hstrace/options.h"

struct anchor {
	/* True if the anchor is the first MARK record with the id below. False if it is the first record of the run. */
	bool is_mark;
	uint64_t id;
};

/** Parses an anchor. @p word must be "start" or "mark:ID". @return false if @p word is something else */
bool anchor_read(const char *word, struct anchor *anchor);

/** Finds the time of an anchor in one of the FILEs of the command line. @p file is the number of the FILE, from 0.
 * @param ns receives the time in nanoseconds of the run's mtime
 * @return ERROR_OPTION if the dump does not have the anchor */
enum error anchor_find(const struct anchor *anchor, const char *command, struct options *options, unsigned file,
		       int64_t *ns) MUST_CHECK;

#endif
