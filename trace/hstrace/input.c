/* See input.h. */
#include "trace/hstrace/input.h"

#include <inttypes.h>
#include <unistd.h>

#include "trace/hstrace/command.h"

#define BAR_WIDTH 40

static bool reached(const struct timespec *when)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > when->tv_sec || (now.tv_sec == when->tv_sec && now.tv_nsec >= when->tv_nsec);
}

bool input_open(struct input *input, const char *command, const char *path, bool salvage)
{
	char error[512];

	*input = (struct input){ .command = command, .path = path };
	(void)clock_gettime(CLOCK_MONOTONIC, &input->next);
	input->next.tv_sec++;
	input->reader = dump_open(path, salvage, error, sizeof(error));
	if (input->reader)
		return true;
	input->bad = true;
	(void)command_complain(command, "%s", error);
	return false;
}

static void clear_progress(struct input *input)
{
	if (input->shown)
		(void)fprintf(stderr, "\r\x1b[K");
	input->shown = false;
}

static void show_progress(struct input *input)
{
	uint64_t length = dump_length(input->reader), position = dump_position(input->reader);

	input->next.tv_sec++;
	if (!isatty(STDERR_FILENO) || position > length)
		return;

	unsigned done = (unsigned)(position * BAR_WIDTH / length);

	input->shown = true;
	(void)fprintf(stderr, "\r[%.*s%*s] %3u%%", (int)done, "########################################",
		      (int)(BAR_WIDTH - done), "", (unsigned)(position * 100 / length));
}

bool input_next(struct input *input, struct dump_view *view)
{
	enum dump_status status = dump_next(input->reader, view);

	if (status == DUMP_OK && dump_length(input->reader) != 0 && reached(&input->next))
		show_progress(input);
	if (status == DUMP_OK)
		return true;
	clear_progress(input);
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
	clear_progress(input);
	(void)command_complain(input->command, "%s: offset 0x%" PRIx64 ": %s: %s", input->path, view->offset,
			       dump_section(view->chunk.type, section), text);
}

bool input_close(struct input *input)
{
	const struct dump_salvaged *salvaged = dump_salvaged(input->reader);

	clear_progress(input);
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
