/* Reads a whole dump, passes its records with their times to a sink, and prints messages about the dump.
 * Called by the commands that need times. Knows nothing about how the commands use the records. */
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

/** Opens one of the FILEs of the command line. @p file is the number of the FILE, from 0. A command must call this
 * before it creates its output.
 * @param command argv[0] of the subcommand, for messages and progress; must stay valid while the dump is open
 * @return an error if the file cannot be opened or is not a dump; do not call timeline_input_close() then */
enum error timeline_input_open(struct timeline_input *input, const char *command, const struct options *options,
			       unsigned file) MUST_CHECK;

/** Reads the dump up to its end or up to the first error, and passes the records to @p sink. Call timeline_close()
 * afterwards, even after an error. */
enum error timeline_input_read(struct timeline_input *input, struct options *options, struct timeline *timeline,
			       const struct timeline_sink *sink) MUST_CHECK;

/** Closes the dump. */
void timeline_input_close(struct timeline_input *input);

/** Opens, reads and closes one of the FILEs of the command line. @p file is the number of the FILE, from 0. Call
 * timeline_close() afterwards, even after an error. */
enum error timeline_input(const char *command, struct options *options, unsigned file, struct timeline *timeline,
			  const struct timeline_sink *sink) MUST_CHECK;

#endif
