/* Reads a dump for a command. Prints the messages that concern reading, and shows a progress bar.
 * Called by the commands that read dumps. Knows nothing about how the commands use the chunks. */
#ifndef TRACE_HSTRACE_INPUT_H
#define TRACE_HSTRACE_INPUT_H

#include <stdbool.h>

#include "trace/dump/reader.h"
#include "trace/error/error.h"
#include "trace/hstrace/progress.h"

struct input {
	const char *command; /* argv[0] of the subcommand */
	const char *path;
	struct dump_reader *reader;
	struct progress progress;
};

/** Opens a dump. @p command and @p path must stay valid while the dump is open. After an error, do not call
 * input_close(). */
enum error input_open(struct input *input, const char *command, const char *path, bool salvage) MUST_CHECK;

/** Reads the next chunk, as dump_next() does. If reading takes longer than a second, shows a progress bar on the
 * terminal. */
enum error input_next(struct input *input, struct dump_view *view) MUST_CHECK;

/** Puts "FILE: offset 0x...: SECTION: " in front of the message of @p error. Call it for an error in the contents of
 * @p view.
 * @return @p error */
enum error input_about(struct input *input, const struct dump_view *view, enum error error) MUST_CHECK;

/** Prints a message about the contents of @p view: "COMMAND: FILE: offset 0x...: SECTION: TEXT". */
void input_complain(struct input *input, const struct dump_view *view, const char *text);

/** Closes the dump. If salvaging skipped parts of the dump, prints how much it skipped. */
void input_close(struct input *input);

#endif
