/* See timeline_input.h. */
#include "trace/hstrace/timeline_input.h"

#include <stdlib.h>

#include "trace/hstrace/command.h"
#include "trace/hstrace/input.h"

bool timeline_input(const char *command, const char *path, bool salvage, struct timeline *timeline,
		    const struct timeline_options *options, const struct timeline_sink *sink)
{
	struct input input;
	struct dump_view view;

	timeline_open(timeline, options, sink);
	if (!input_open(&input, command, path, salvage))
		return false;
	while (!input.bad && input_next(&input, &view))
		if (!timeline_take(timeline, &view))
			input_complain(&input, &view, timeline->error);
	if (!timeline_finish(timeline) && !input.bad)
		(void)command_complain(command, "%s: %s", path, timeline->error);
	return input_close(&input) && timeline->lanes;
}

bool timeline_input_seconds(const char *text, int64_t *ns)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0 && seconds <= 1e9))
		return false;
	*ns = (int64_t)(seconds * 1e9 + 0.5);
	return true;
}

bool timeline_input_hart(const char *text, int *hart)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || *end || number < 0 || number >= TIMELINE_HARTS)
		return false;
	*hart = (int)number;
	return true;
}
