/* See timeline_input.h. */
#include "trace/hstrace/timeline_input.h"

#include "trace/hstrace/command.h"
#include "trace/hstrace/input.h"

/** Says which harts have times that are made up. */
static void doubt_times(const char *command, const char *path, const struct timeline *timeline)
{
	for (uint32_t hart = 0; timeline->lanes && hart < timeline->machine.head.harts; hart++)
		if (!timeline_is_timed(timeline, hart))
			(void)command_complain(command, "%s: hart %u: too few SYNC records: its times are a guess",
					       path, hart);
}

static bool read_all(const char *command, const struct options *options, unsigned file, struct timeline *timeline)
{
	const char *path = options->file[file];
	struct input input;
	struct dump_view view;

	if (!input_open(&input, command, path, options->salvage))
		return false;
	while (!input.bad && !(timeline->sink->failed && *timeline->sink->failed) && input_next(&input, &view))
		if (!timeline_take(timeline, &view))
			input_complain(&input, &view, timeline->error);
	if (!timeline_finish(timeline) && !input.bad)
		(void)command_complain(command, "%s: %s", path, timeline->error);
	bool good = input_close(&input) && timeline->lanes;
	doubt_times(command, path, timeline);
	return good;
}

bool timeline_input(const char *command, struct options *options, unsigned file, struct timeline *timeline,
		    const struct timeline_sink *sink)
{
	struct hv_elf hv;

	timeline_open(timeline, &options->timeline, sink);
	if (!options_read_elf(options, command, &hv))
		return false;
	options->timeline.hv = options->elf ? &hv : NULL;
	bool good = read_all(command, options, file, timeline);
	options->timeline.hv = NULL;
	hv_elf_release(&hv);
	return good;
}
