/* See timeline_input.h. */
#include "trace/hstrace/timeline_input.h"

#include <inttypes.h>

#include "trace/hstrace/command.h"

#define UNCERTAIN_NS 2000 /* less is not worth a word */

/** Says that a hart's times are made up, or how uncertain they are where no SYNC record bounds them. */
static void doubt_times_of(const char *command, const char *path, const struct timeline *timeline, uint32_t hart)
{
	const char *why =
		timeline->machine.head.timebase_hz ? "too few SYNC records" : "it is not known how fast mtime counts";
	int64_t uncertainty = timeline_uncertainty_outside(timeline, hart);

	if (!timeline_is_timed(timeline, hart))
		(void)command_complain(command, "%s: hart %u: %s: its times are a guess", path, hart, why);
	else if (uncertainty == INT64_MAX)
		(void)command_complain(
			command,
			"%s: hart %u: before its first SYNC record or after its last one, it is not known how "
			"uncertain its times are",
			path, hart);
	else if (uncertainty > UNCERTAIN_NS)
		(void)command_complain(
			command,
			"%s: hart %u: before its first SYNC record or after its last one, times are uncertain by "
			"up to %" PRId64 " ns",
			path, hart, uncertainty);
}

/** The same for all harts. @return whether no time is too large to be computed */
static bool check_times(const char *command, const char *path, const struct timeline *timeline)
{
	bool fit = true;

	for (uint32_t hart = 0; timeline->lanes && hart < timeline->machine.head.harts; hart++) {
		doubt_times_of(command, path, timeline, hart);
		if (timeline_times_fit(timeline, hart))
			continue;
		fit = false;
		(void)command_complain(command, "%s: hart %u: %s", path, hart, TIMELINE_TOO_LATE);
	}
	return fit;
}

bool timeline_input_open(struct timeline_input *input, const char *command, const struct options *options,
			 unsigned file)
{
	*input = (struct timeline_input){ .command = command };
	if (!options_read_elf(options, command, &input->hv))
		return false;
	if (input_open(&input->input, command, options->file[file], options->salvage))
		return true;
	hv_elf_release(&input->hv);
	return false;
}

bool timeline_input_close(struct timeline_input *input)
{
	hv_elf_release(&input->hv);
	return input_close(&input->input);
}

bool timeline_input_read(struct timeline_input *input, struct options *options, struct timeline *timeline,
			 const struct timeline_sink *sink)
{
	struct input *file = &input->input;
	struct dump_view view;

	timeline_open(timeline, &options->timeline, sink);
	options->timeline.hv = options->elf ? &input->hv : NULL;
	while (!file->bad && !(sink->failed && *sink->failed) && input_next(file, &view))
		if (!timeline_take(timeline, &view))
			input_complain(file, &view, timeline->error);
	if (!timeline_finish(timeline) && !file->bad)
		(void)command_complain(input->command, "%s: %s", file->path, timeline->error);
	options->timeline.hv = NULL;
	progress_clear(&file->progress);
	bool fit = check_times(input->command, file->path, timeline);
	return timeline->lanes && !file->bad && fit;
}

bool timeline_input(const char *command, struct options *options, unsigned file, struct timeline *timeline,
		    const struct timeline_sink *sink)
{
	struct timeline_input input;

	timeline_open(timeline, &options->timeline, sink);
	if (!timeline_input_open(&input, command, options, file))
		return false;
	bool good = timeline_input_read(&input, options, timeline, sink);
	return timeline_input_close(&input) && good;
}
