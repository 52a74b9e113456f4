/* Starts and ends a watch, and reports what it has done. watch.c has the work in between. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/fields.h"
#include "trace/trigger/watch.h"

#define ALIGNED(bytes) (((bytes) + 15) / 16 * 16)
#define SLOTS_LEAST 64 /* a dump that has room for fewer slots of each hart is no use */
/* What the dump needs for a hart at the end: its statistics, and a chunk that ends a record. */
#define HART_END_BYTES                                                                                                 \
	(ALIGNED(sizeof(struct dump_chunk) + sizeof(struct dump_statistics)) + sizeof(struct dump_chunk) +             \
	 sizeof(struct dump_ring) + TRACE_RECORD_SLOTS * TRACE_SLOT_BYTES)

static enum error parse_triggers(struct watch *watch)
{
	const struct watch_options *options = &watch->options;

	watch->trigger = calloc(options->triggers, sizeof(*watch->trigger));
	if (!watch->trigger)
		return error_no_memory();
	for (unsigned i = 0; i < options->triggers; i++)
		RETURN_IF_ERROR(error_about(trigger_parse(&watch->trigger[i], options->trigger[i], watch->facts.schema,
							  watch->facts.config),
					    "--trigger"));
	return ERROR_NONE;
}

/** Checks that the maximum size of the dump leaves room for slots. */
static enum error check_size(struct watch *watch)
{
	uint64_t least = dump_writer_bytes(watch->writer) + watch->end_bytes +
			 watch->facts.harts * (SLOTS_LEAST * TRACE_SLOT_BYTES + HART_END_BYTES) + MOMENT_LINE_BYTES;

	if (watch->options.most_bytes >= least)
		return ERROR_NONE;
	return error_set(ERROR_OPTION, "--max-size: a dump of this machine needs at least %" PRIu64 " bytes", least);
}

enum error watch_open(struct watch *watch, struct dump_writer *writer, const struct watch_options *options,
		      const struct watch_facts *facts)
{
	*watch = (struct watch){ .options = *options,
				 .facts = *facts,
				 .writer = writer,
				 .end_bytes = facts->harts * HART_END_BYTES + sizeof(struct dump_chunk) +
					      sizeof(struct dump_end),
				 .fired = options->triggers == 0,
				 .first_ns = -1,
				 .settled_ns = { INT64_MIN, INT64_MIN },
				 .from_ns = INT64_MIN,
				 .to_ns = INT64_MAX };
	watch->hart = calloc(facts->harts, sizeof(*watch->hart));
	watch->joined = malloc((DUMP_RING_SLOTS + TRACE_RECORD_SLOTS) * sizeof(*watch->joined));
	if (!watch->hart || !watch->joined)
		return error_no_memory();
	for (uint32_t i = 0; i < facts->harts; i++)
		clock_open(&watch->hart[i].clock, facts->timebase_hz);
	RETURN_IF_ERROR(check_size(watch));
	if (!options->triggers)
		return ERROR_NONE;
	if (!facts->timebase_hz)
		return error_set(ERROR_DATA, "hv does not report how fast mtime counts, so the time before and after a "
					     "trigger cannot be measured");
	RETURN_IF_ERROR(parse_triggers(watch));
	return error_about(hold_open(&watch->hold, facts->harts, options->hold_bytes), "--buffer");
}

int64_t watch_before(const struct watch *watch, const char **reason)
{
	int64_t from = watch->from_ns;

	*reason = NULL;
	if (watch->first_ns > from) {
		from = watch->first_ns;
		*reason = "the recording began then";
	}
	if (watch->hold.crowded_ns > from) {
		from = watch->hold.crowded_ns;
		*reason = "earlier slots did not fit into the memory of --buffer";
	}
	return watch->moment_ns > from ? watch->moment_ns - from : 0;
}

int64_t watch_after(const struct watch *watch)
{
	int64_t to = watch->written_ns < watch->to_ns ? watch->written_ns : watch->to_ns;

	/* If a record after the window has come, the dump has everything until the end of the window. */
	if (!watch->full && watch->now_ns >= watch->to_ns)
		to = watch->to_ns;
	return to > watch->moment_ns ? to - watch->moment_ns : 0;
}

char *watch_record(const struct watch *watch, char *text, size_t bytes)
{
	unsigned id = trace_slot_event(watch->record), extra = trace_slot_aux(watch->record);
	const struct schema_event *event = &watch->facts.schema->event[id];
	struct timeline_event record = { .slot = watch->record, .extra = (uint8_t)extra };
	char name[SCHEMA_NAME_BYTES], value[NAMES_BYTES];
	size_t length = (size_t)snprintf(text, bytes, "%s", schema_event_name(watch->facts.schema, id, name));
	uint64_t number;

	for (unsigned i = 0; i < event->fields && length < bytes; i++)
		if (fields_value(&event->field[i], &record, &number))
			length += (size_t)snprintf(text + length, bytes - length, " %s=%s", event->field[i].name,
						   fields_text(value, watch->facts.config, &event->field[i], number));
	return text;
}

void watch_close(struct watch *watch)
{
	for (unsigned i = 0; watch->trigger && i < watch->options.triggers; i++)
		trigger_release(&watch->trigger[i]);
	free(watch->trigger);
	free(watch->hart);
	free(watch->joined);
	hold_close(&watch->hold);
	watch->trigger = NULL;
	watch->hart = NULL;
	watch->joined = NULL;
}
