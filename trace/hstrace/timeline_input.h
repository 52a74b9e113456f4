/* A whole dump into a sink, with the messages of a command.
 * Called by the commands that need records in time. Knows nothing of what they do with them. */
#ifndef TRACE_HSTRACE_TIMELINE_INPUT_H
#define TRACE_HSTRACE_TIMELINE_INPUT_H

#include "trace/convert/timeline.h"
#include "trace/hstrace/options.h"

/** Reads the dump that is the FILE number @p file (from 0) into @p sink. timeline_close is wanted in either case.
 * @param command argv[0] of the subcommand, for messages
 * @return whether the dump was good; if not, a message was written */
bool timeline_input(const char *command, struct options *options, unsigned file, struct timeline *timeline,
		    const struct timeline_sink *sink);

#endif
