/* A whole dump into a sink, with the messages of a command.
 * Called by the commands that need records in time. Knows nothing of what they do with them. */
#ifndef TRACE_HSTRACE_TIMELINE_INPUT_H
#define TRACE_HSTRACE_TIMELINE_INPUT_H

#include "trace/convert/timeline.h"

/** Reads the dump @p path into @p sink. timeline_close is wanted in either case.
 * @param command argv[0] of the subcommand, for messages
 * @return whether the dump was good; if not, a message was written */
bool timeline_input(const char *command, const char *path, bool salvage, struct timeline *timeline,
		    const struct timeline_options *options, const struct timeline_sink *sink);

/** Reads an option's argument: seconds of mtime, of 0 to 10^9, as nanoseconds; the index of a hart.
 * @return whether it is one */
bool timeline_input_seconds(const char *text, int64_t *ns);
bool timeline_input_hart(const char *text, int *hart);

#endif
