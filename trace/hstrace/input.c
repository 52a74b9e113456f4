/* See input.h. */
#include "trace/hstrace/input.h"

#include <inttypes.h>

#include "trace/hstrace/command.h"

bool input_open(struct input *input, const char *command, const char *path, bool salvage)
{
	char error[512];

	*input = (struct input){ .command = command, .path = path };
	progress_begin(&input->progress);
	input->reader = dump_open(path, salvage, error, sizeof(error));
	if (input->reader)
		return true;
	input->bad = true;
	(void)command_complain(command, "%s", error);
	return false;
}

bool input_next(struct input *input, struct dump_view *view)
{
	enum dump_status status = dump_next(input->reader, view);

	progress_show(&input->progress, dump_position(input->reader), dump_length(input->reader));
	if (status == DUMP_OK)
		return true;
	progress_clear(&input->progress);
	if (status == DUMP_BAD) {
		input->bad = true;
		(void)command_complain(input->command, "%s", dump_error(input->reader));
	}
	return false;
}

void input_complain(struct input *input, const struct dump_view *view, const char *text)
{
	char section[16];

	input->bad = true;
	progress_clear(&input->progress);
	(void)command_complain(input->command, "%s: offset 0x%" PRIx64 ": %s: %s", input->path, view->offset,
			       dump_section(view->chunk.type, section), text);
}

bool input_close(struct input *input)
{
	const struct dump_salvaged *salvaged = dump_salvaged(input->reader);

	progress_clear(&input->progress);
	if (salvaged->reason[0]) {
		(void)command_complain(input->command, "%s", salvaged->reason);
		(void)command_complain(input->command,
				       "%s: salvaged: %" PRIu64 " bytes in %" PRIu64 " places left out%s", input->path,
				       salvaged->bytes, salvaged->gaps, salvaged->cut ? "; the file was cut" : "");
	}
	dump_close(input->reader);
	input->reader = NULL;
	return !input->bad;
}
