/* Reads a whole dump into a sink that receives records with their times, and prints a command's messages.
 * Called by the commands that need times. Knows nothing about what they do with the records. */
#ifndef TRACE_HSTRACE_TIMELINE_INPUT_H
#define TRACE_HSTRACE_TIMELINE_INPUT_H

#include "trace/convert/timeline.h"
#include "trace/elf/hv_elf.h"
#include "trace/error/error.h"
#include "trace/hstrace/input.h"
#include "trace/hstrace/options.h"

/** An open dump, and hv's ELF file if --elf was given. */
struct timeline_input {
	struct input input;
	struct hv_elf hv;
	const char *command;
};

/** Opens FILE number @p file (from 0). A command does this before it creates its output.
 * @param command argv[0] of the subcommand, for messages and progress; must stay valid
 * @return an error if the file does not look like a dump; then there is nothing to close */
enum error timeline_input_open(struct timeline_input *input, const char *command, const struct options *options,
			       unsigned file) MUST_CHECK;

/** Reads the dump into @p sink, up to its end or the first error. timeline_close() must follow, also after an error. */
enum error timeline_input_read(struct timeline_input *input, struct options *options, struct timeline *timeline,
			       const struct timeline_sink *sink) MUST_CHECK;

/** Closes the dump. */
void timeline_input_close(struct timeline_input *input);

/** Opens, reads and closes FILE number @p file. timeline_close() must follow, also after an error. */
enum error timeline_input(const char *command, struct options *options, unsigned file, struct timeline *timeline,
			  const struct timeline_sink *sink) MUST_CHECK;

#endif
