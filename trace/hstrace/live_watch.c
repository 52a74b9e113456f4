/* Connects the recorder with the watch that decides which slots become part of the dump, and prints messages. */
#include "trace/hstrace/live_watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hstrace/command.h"

#define NS_PER_SECOND 1000000000
#define QUIET_LEAST_NS NS_PER_SECOND
#define RECORD_BYTES 512

enum error live_watch_check(const struct live_options *chosen, const struct hv_elf *image)
{
	struct dump_schema *schema = malloc(sizeof(*schema));
	enum error error = ERROR_NONE;
	char *own = NULL;

	if (!schema)
		return error_no_memory();
	if (!image->events)
		error = schema_text(&own);
	if (error == ERROR_NONE) {
		const char *events = image->events ? image->events : own;

		IGNORE_ERROR(schema_parse(schema, events, strlen(events))); /* a wrong line defines no event */
	}
	for (unsigned i = 0; error == ERROR_NONE && i < chosen->watch.triggers; i++) {
		struct trigger trigger;

		error = trigger_parse(&trigger, chosen->trigger[i], schema, image->config ? image->config : "");
		error = error_about(error, "--trigger");
		trigger_release(&trigger);
	}
	free(own);
	free(schema);
	return error;
}

enum error live_watch_open(struct live_watch *live, const struct live_options *chosen, struct recorder *recorder,
			   const char *config)
{
	struct watch_options options = chosen->watch;
	struct watch_facts facts = { .harts = recorder->harts,
				     .timebase_hz = recorder->directory.timebase_hz,
				     .schema = recorder->schema,
				     .registers = &recorder->registers,
				     .config = config ? config : "" };

	*live = (struct live_watch){ .used = options.triggers || options.most_bytes != UINT64_MAX };
	if (!live->used)
		return ERROR_NONE;
	options.trigger = chosen->trigger;
	RETURN_IF_ERROR(watch_open(&live->watch, recorder->writer, &options, &facts));
	live->sink = (struct recorder_sink){ .take = watch_take, .finish = watch_finish, .self = &live->watch };
	recorder->sink = &live->sink;
	return ERROR_NONE;
}

/** Returns mtime of the trigger in seconds. */
static double seconds_of(int64_t ns)
{
	return (double)ns / NS_PER_SECOND;
}

/** Prints which record has fired the trigger. */
static void report(const struct live_watch *live, FILE *out)
{
	const struct moment *moment = &live->watch.moment;
	char record[RECORD_BYTES];

	(void)fprintf(out, "the trigger %s fired on hart %u: slot %" PRIu64 ", cycle %" PRIu64 ", mtime %.6f s: %s\n",
		      moment->text, moment->hart, moment->sequence, moment->cycles, seconds_of(live->watch.moment_ns),
		      watch_record(&live->watch, record, sizeof(record)));
	(void)fflush(out);
}

/** Returns whether a trigger has fired that the user asked for. */
static bool has_fired(const struct live_watch *live)
{
	return live->used && live->watch.fired && live->watch.options.triggers;
}

enum error live_watch_poll(struct live_watch *live, struct recorder *recorder, uint64_t now, FILE *out)
{
	if (!live->used)
		return ERROR_NONE;
	RETURN_IF_ERROR(recorder_hand_over(recorder));
	watch_round(&live->watch);
	if (live->watch.taken != live->taken || !live->quiet_since) {
		live->taken = live->watch.taken;
		live->quiet_since = now;
	}
	if (!has_fired(live) || live->reported)
		return ERROR_NONE;
	live->reported = true;
	if (out)
		report(live, out);
	return dump_writer_show(recorder->writer);
}

bool live_watch_is_over(const struct live_watch *live, uint64_t now)
{
	uint64_t after = (uint64_t)live->watch.options.after_ns;

	if (!live->used)
		return false;
	/* A guest that hangs writes no record that is later than the window. */
	return watch_is_over(&live->watch) ||
	       (has_fired(live) && now - live->quiet_since > (after > QUIET_LEAST_NS ? after : QUIET_LEAST_NS));
}

bool live_watch_is_idle(const struct live_watch *live)
{
	return live->used && !live->watch.fired;
}

uint64_t live_watch_left_out(const struct live_watch *live, uint32_t hart)
{
	return live->used ? live->watch.hart[hart].left_out : 0;
}

void live_watch_summarize(const struct live_watch *live, FILE *out, const char *path)
{
	const char *reason;

	if (!live->used)
		return;
	if (has_fired(live)) {
		int64_t before = watch_before(&live->watch, &reason);

		if (!live->reported)
			report(live, out);
		(void)fprintf(out, "%s has %.3f s before the trigger%s%s%s, and %.3f s after it\n", path,
			      seconds_of(before), reason ? " (" : "", reason ? reason : "", reason ? ")" : "",
			      seconds_of(watch_after(&live->watch)));
	}
	if (live->watch.full)
		(void)fprintf(out,
			      "the recording has ended because %s would become larger than --max-size, %" PRIu64
			      " bytes\n",
			      path, live->watch.options.most_bytes);
}

void live_watch_json(const struct live_watch *live, FILE *out)
{
	const struct moment *moment = &live->watch.moment;
	const char *reason, *full = live->used && live->watch.full ? "true" : "false";
	char record[RECORD_BYTES];

	if (!has_fired(live)) {
		(void)fprintf(out, ", \"trigger\": null, \"full\": %s", full);
		return;
	}

	int64_t before = watch_before(&live->watch, &reason);

	(void)fprintf(out, ", \"trigger\": {\"text\": ");
	command_json_string(out, moment->text, strlen(moment->text));
	(void)fprintf(out,
		      ", \"hart\": %u, \"sequence\": %" PRIu64 ", \"cycles\": %" PRIu64 ", \"ns\": %" PRId64
		      ", \"record\": ",
		      moment->hart, moment->sequence, moment->cycles, live->watch.moment_ns);
	(void)watch_record(&live->watch, record, sizeof(record));
	command_json_string(out, record, strlen(record));
	(void)fprintf(out, ", \"before_ns\": %" PRId64 ", \"after_ns\": %" PRId64 ", \"shortened\": ", before,
		      watch_after(&live->watch));
	if (reason)
		command_json_string(out, reason, strlen(reason));
	else
		(void)fprintf(out, "null");
	(void)fprintf(out, "}, \"full\": %s", full);
}

void live_watch_close(struct live_watch *live)
{
	if (live->used)
		watch_close(&live->watch);
}
