/* A whole dump into a sink, with the messages of a command.
 * Called by the commands that need records in time. Knows nothing of what they do with them. */
#ifndef TRACE_HSTRACE_TIMELINE_INPUT_H
#define TRACE_HSTRACE_TIMELINE_INPUT_H

#include "trace/convert/timeline.h"
#include "trace/elf/hv_elf.h"
#include "trace/error/error.h"
#include "trace/hstrace/input.h"
#include "trace/hstrace/options.h"

/** A dump that is open, and hv's ELF file if there is one. */
struct timeline_input {
	struct input input;
	struct hv_elf hv;
	const char *command;
};

/** Opens the dump that is the FILE number @p file (from 0), before anything is written anywhere.
 * @param command argv[0] of the subcommand, for messages about times and progress; must stay
 * @return an error if it does not look like a dump; then nothing is to be closed */
enum error timeline_input_open(struct timeline_input *input, const char *command, const struct options *options,
			       unsigned file) MUST_CHECK;

/** Reads it into @p sink, until the sink has failed. timeline_close is wanted also after an error. */
enum error timeline_input_read(struct timeline_input *input, struct options *options, struct timeline *timeline,
			       const struct timeline_sink *sink) MUST_CHECK;

/** Closes it. */
void timeline_input_close(struct timeline_input *input);

/** All of these. timeline_close is wanted also after an error. */
enum error timeline_input(const char *command, struct options *options, unsigned file, struct timeline *timeline,
			  const struct timeline_sink *sink) MUST_CHECK;

#endif
