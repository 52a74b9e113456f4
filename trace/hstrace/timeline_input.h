/* A whole dump into a sink, with the messages of a command.
 * Called by the commands that need records in time. Knows nothing of what they do with them. */
#ifndef TRACE_HSTRACE_TIMELINE_INPUT_H
#define TRACE_HSTRACE_TIMELINE_INPUT_H

#include "trace/convert/timeline.h"
#include "trace/elf/hv_elf.h"
#include "trace/hstrace/input.h"
#include "trace/hstrace/options.h"

/** A dump that is open, and hv's ELF file if there is one. */
struct timeline_input {
	struct input input;
	struct hv_elf hv;
	const char *command;
};

/** Opens the dump that is the FILE number @p file (from 0), before anything is written anywhere.
 * @param command argv[0] of the subcommand, for messages; must stay
 * @return whether it looks like one; if not, a message was written, and nothing is to be closed */
bool timeline_input_open(struct timeline_input *input, const char *command, const struct options *options,
			 unsigned file);

/** Reads it into @p sink. timeline_close is wanted in either case.
 * @return whether the dump was good; if not, a message was written */
bool timeline_input_read(struct timeline_input *input, struct options *options, struct timeline *timeline,
			 const struct timeline_sink *sink);

/** Closes it. @return whether nothing was wrong with the file, as far as it was read */
bool timeline_input_close(struct timeline_input *input);

/** All of these. timeline_close is wanted in either case. */
bool timeline_input(const char *command, struct options *options, unsigned file, struct timeline *timeline,
		    const struct timeline_sink *sink);

#endif
