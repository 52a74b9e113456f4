/* Reads a dump up to its end or up to the first error. Then reports times that cannot be trusted. */
#include "trace/hstrace/timeline_input.h"

#include <inttypes.h>

#include "trace/hstrace/command.h"

#define UNCERTAIN_NS 2000 /* an uncertainty below this many ns is not reported */

/** Warns if a hart's times are only a guess. Also warns if the times before the hart's first SYNC record or after its
 * last SYNC record are too uncertain. */
static void doubt_times_of(const char *command, const char *path, const struct timeline *timeline, uint32_t hart)
{
	const char *why = timeline->machine.head.timebase_hz ? "too few SYNC records" : "the rate of mtime is unknown";
	int64_t uncertainty = timeline_uncertainty_outside(timeline, hart);

	if (!timeline_is_timed(timeline, hart))
		(void)command_complain(command, "%s: hart %u: %s: its times are a guess", path, hart, why);
	else if (uncertainty == INT64_MAX)
		(void)command_complain(
			command,
			"%s: hart %u: before its first SYNC record or after its last one, the uncertainty of its times "
			"is unknown",
			path, hart);
	else if (uncertainty > UNCERTAIN_NS)
		(void)command_complain(
			command,
			"%s: hart %u: before its first SYNC record or after its last one, times are uncertain by "
			"up to %" PRId64 " ns",
			path, hart, uncertainty);
}

/** Checks the times of all harts, and prints warnings. @return ERROR_DATA if a time is too large to be computed */
static enum error check_times(const char *command, const char *path, const struct timeline *timeline)
{
	struct error_kept failure = { 0 };

	for (uint32_t hart = 0; timeline->lanes && hart < timeline->machine.head.harts; hart++) {
		doubt_times_of(command, path, timeline, hart);
		if (!timeline_times_fit(timeline, hart))
			error_keep(&failure, error_set(ERROR_DATA, "%s: hart %u: %s", path, hart, TIMELINE_TOO_LATE));
	}
	return error_again(&failure);
}

enum error timeline_input_open(struct timeline_input *input, const char *command, const struct options *options,
			       unsigned file)
{
	*input = (struct timeline_input){ .command = command };
	RETURN_IF_ERROR(options_read_elf(options, &input->hv));

	enum error error = input_open(&input->input, command, options->file[file], options->salvage);

	if (error != ERROR_NONE)
		hv_elf_release(&input->hv);
	return error;
}

void timeline_input_close(struct timeline_input *input)
{
	hv_elf_release(&input->hv);
	input_close(&input->input);
}

/** Passes the chunks to the timeline until the dump ends or the sink fails. */
static enum error take_all(struct input *input, struct timeline *timeline, const struct timeline_sink *sink)
{
	struct dump_view view;

	while (!sink->failure || sink->failure->error == ERROR_NONE) {
		RETURN_IF_ERROR(input_next(input, &view));
		if (!view.payload)
			break;
		RETURN_IF_ERROR(input_about(input, &view, timeline_take(timeline, &view)));
	}
	return ERROR_NONE;
}

enum error timeline_input_read(struct timeline_input *input, struct options *options, struct timeline *timeline,
			       const struct timeline_sink *sink)
{
	struct input *file = &input->input;
	struct error_kept failure = { 0 };

	timeline_open(timeline, &options->timeline, sink);
	/* The timeline uses hv's ELF file only during this call. So the caller may close @p input afterwards. */
	options->timeline.hv = options->elf ? &input->hv : NULL;
	error_keep(&failure, take_all(file, timeline, sink));
	error_keep(&failure, error_about(timeline_finish(timeline), "%s", file->path));
	options->timeline.hv = NULL;
	progress_clear(&file->progress);
	error_keep(&failure, check_times(input->command, file->path, timeline));
	return error_again(&failure);
}

enum error timeline_input(const char *command, struct options *options, unsigned file, struct timeline *timeline,
			  const struct timeline_sink *sink)
{
	struct timeline_input input;

	/* The caller closes the timeline even if the dump cannot be opened. */
	timeline_open(timeline, &options->timeline, sink);
	RETURN_IF_ERROR(timeline_input_open(&input, command, options, file));

	enum error error = timeline_input_read(&input, options, timeline, sink);

	timeline_input_close(&input);
	return error;
}
