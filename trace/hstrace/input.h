/* Reading a dump on behalf of a command: its messages, its progress, what salvage left out.
 * Called by the commands that read dumps. Knows nothing of what they do with chunks. */
#ifndef TRACE_HSTRACE_INPUT_H
#define TRACE_HSTRACE_INPUT_H

#include <stdbool.h>

#include "trace/dump/reader.h"
#include "trace/hstrace/progress.h"

struct input {
	const char *command; /* argv[0] */
	const char *path;
	struct dump_reader *reader;
	bool bad; /* a message was written */
	struct progress progress;
};

/** Opens a dump. @return whether it can be read; if not, a message was written */
bool input_open(struct input *input, const char *command, const char *path, bool salvage);

/** The next chunk; shows progress on a terminal after a second.
 * @return false at the end: then input->bad tells whether a message was written */
bool input_next(struct input *input, struct dump_view *view);

/** Complains about the contents of @p view: "COMMAND: FILE: offset 0x...: SECTION: what is wrong", and sets input->bad. */
void input_complain(struct input *input, const struct dump_view *view, const char *text);

/** Closes it, after a message of what salvage left out, if anything. @return whether no message was written */
bool input_close(struct input *input);

#endif
