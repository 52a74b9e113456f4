/* A thin layer above the dump reader that adds output for the user: a progress bar, the places of errors, and a message
 * about the parts that salvaging skipped. */
#include "trace/hstrace/input.h"

#include <inttypes.h>

#include "trace/hstrace/command.h"

enum error input_open(struct input *input, const char *command, const char *path, bool salvage)
{
	*input = (struct input){ .command = command, .path = path };
	progress_begin(&input->progress);
	return dump_open(&input->reader, path, salvage);
}

enum error input_next(struct input *input, struct dump_view *view)
{
	enum error error = dump_next(input->reader, view);

	progress_show(&input->progress, dump_position(input->reader), dump_length(input->reader));
	/* The progress bar must be removed here, because the caller may print something now. */
	if (error != ERROR_NONE || !view->payload)
		progress_clear(&input->progress);
	return error;
}

enum error input_about(struct input *input, const struct dump_view *view, enum error error)
{
	char section[16];

	if (error != ERROR_NONE)
		progress_clear(&input->progress);
	return error_about(error, "%s: offset 0x%" PRIx64 ": %s", input->path, view->offset,
			   dump_section(view->chunk.type, section));
}

void input_complain(struct input *input, const struct dump_view *view, const char *text)
{
	char section[16];

	progress_clear(&input->progress);
	(void)command_complain(input->command, "%s: offset 0x%" PRIx64 ": %s: %s", input->path, view->offset,
			       dump_section(view->chunk.type, section), text);
}

void input_close(struct input *input)
{
	const struct dump_salvaged *salvaged = dump_salvaged(input->reader);

	progress_clear(&input->progress);
	if (salvaged->reason[0]) {
		(void)command_complain(input->command, "%s", salvaged->reason);
		(void)command_complain(input->command,
				       "%s: salvaged: left out %" PRIu64 " bytes in %" PRIu64 " places%s", input->path,
				       salvaged->bytes, salvaged->gaps, salvaged->cut ? "; the file was cut" : "");
	}
	dump_close(input->reader);
	input->reader = NULL;
}
