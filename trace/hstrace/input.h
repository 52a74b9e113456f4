/* Reading a dump on behalf of a command: its messages, its progress, what salvage left out.
 * Called by the commands that read dumps. Knows nothing of what they do with chunks. */
#ifndef TRACE_HSTRACE_INPUT_H
#define TRACE_HSTRACE_INPUT_H

#include <stdbool.h>

#include "trace/dump/reader.h"
#include "trace/error/error.h"
#include "trace/hstrace/progress.h"

struct input {
	const char *command; /* argv[0] */
	const char *path;
	struct dump_reader *reader;
	struct progress progress;
};

/** Opens a dump. After an error nothing is to be closed. */
enum error input_open(struct input *input, const char *command, const char *path, bool salvage) MUST_CHECK;

/** The next chunk, as dump_next(); shows progress on a terminal after a second. */
enum error input_next(struct input *input, struct dump_view *view) MUST_CHECK;

/** Puts "FILE: offset 0x...: SECTION: " before the message of @p error, which is about the contents of @p view. @return @p error */
enum error input_about(struct input *input, const struct dump_view *view, enum error error) MUST_CHECK;

/** Complains about the contents of @p view: "COMMAND: FILE: offset 0x...: SECTION: what is wrong". */
void input_complain(struct input *input, const struct dump_view *view, const char *text);

/** Closes it, after a message of what salvage left out, if anything. */
void input_close(struct input *input);

#endif
