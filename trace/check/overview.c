/* Counts the contents of each chunk. The slots of each hart go through a record stream, which assembles them to
 * records.
 * A record may begin in one chunk and end in the next. */
#include "trace/check/overview.h"

#include <stdlib.h>
#include <string.h>

/** Finds the counts of a hart. If there are no counts for its index yet, adds all harts up to this index. */
static enum error find_hart(struct overview *overview, uint32_t index, struct overview_hart **hart)
{
	if (index >= overview->harts) {
		struct overview_hart *more = realloc(overview->hart, (index + 1) * sizeof(*more));

		if (!more)
			return error_no_memory();
		overview->hart = more;
		for (uint32_t i = overview->harts; i <= index; i++) {
			more[i] = (struct overview_hart){ .id = i };
			record_stream_init(&more[i].stream, (uint16_t)i, &overview->schema);
		}
		overview->harts = index + 1;
	}
	*hart = &overview->hart[index];
	return ERROR_NONE;
}

/** Copies the description of the machine. The reader has checked that the hart ids and the configuration fit in the
 * chunk. */
static enum error add_machine(struct overview *overview, const struct dump_view *view)
{
	const struct dump_machine *machine = view->payload;
	const uint64_t *ids = (const uint64_t *)(machine + 1);
	struct overview_hart *last;

	overview->has_machine = true;
	overview->machine = *machine;
	RETURN_IF_ERROR(find_hart(overview, machine->harts - 1, &last));
	for (uint32_t hart = 0; hart < machine->harts; hart++)
		overview->hart[hart].id = ids[hart];
	if (machine->config_bytes == 0)
		return ERROR_NONE;
	overview->config = malloc(machine->config_bytes);
	if (!overview->config)
		return error_no_memory();
	memcpy(overview->config, ids + machine->harts, machine->config_bytes);
	return ERROR_NONE;
}

/** Counts a record. Ignores inferred records, because the dump does not contain them. */
static void note(struct overview_hart *hart, const struct trace_record *record)
{
	if (record->inferred)
		return;
	if (record_stream_records(&hart->stream) == 1)
		hart->begin = record->time;
	hart->end = record->time;
	hart->events[record->id]++;
	if (record->meaning == TRACE_LOST)
		hart->discarded += trace_lost_unpack(record->word, record->ext).slots;
}

/** Counts a hart's slots and records. */
static enum error add_ring(struct overview *overview, const struct dump_view *view, overview_visit *visit,
			   void *context)
{
	const struct dump_ring *ring = view->payload;
	struct overview_hart *hart;
	struct trace_record record;

	RETURN_IF_ERROR(find_hart(overview, ring->hart, &hart));

	/* If salvaging has skipped chunks, more slots are lost than the chunk reports. */
	uint64_t lost = hart->begun ? ring->first - hart->next : ring->lost;

	if (!hart->begun)
		hart->first = ring->first;
	hart->begun = true;
	hart->slots += ring->count;
	hart->gaps += lost != 0;
	hart->lost += lost;
	hart->next = ring->first + ring->count;
	record_stream_chunk(&hart->stream, ring, (const struct trace_slot *)(ring + 1));
	while (record_stream_next(&hart->stream, &record)) {
		note(hart, &record);
		if (!record.inferred)
			phases_take_record(&overview->phases, ring->hart, record.meaning, record.word[0],
					   record.word[1]);
		if (visit)
			RETURN_IF_ERROR(visit(&record, context));
	}
	return ERROR_NONE;
}

static enum error add_statistics(struct overview *overview, const struct dump_view *view)
{
	struct dump_statistics statistics = dump_statistics_of(view);
	struct overview_hart *hart;

	RETURN_IF_ERROR(find_hart(overview, statistics.hart, &hart));
	hart->has_statistics = true;
	hart->statistics = statistics;
	return ERROR_NONE;
}

/** Reads the lines about phases and about triggers. A wrong line does not keep the others from being read. */
static enum error add_phases(struct overview *overview, const struct dump_view *view)
{
	struct error_kept first = { 0 };

	error_keep(&first, phases_take_text(&overview->phases, view->payload, view->chunk.length));
	error_keep(&first, moments_take_text(&overview->moments, view->payload, view->chunk.length));
	return error_again(&first);
}

/** Counts the contents of a chunk. The type of the chunk decides how this is done. */
static enum error add_contents(struct overview *overview, const struct dump_view *view, overview_visit *visit,
			       void *context)
{
	switch (view->chunk.type) {
	case DUMP_MACHINE:
		return add_machine(overview, view);
	case DUMP_SCHEMA:
		overview->has_schema = true;
		return schema_parse(&overview->schema, view->payload, view->chunk.length);
	case DUMP_RING:
		return add_ring(overview, view, visit, context);
	case DUMP_STATISTICS:
		return add_statistics(overview, view);
	case DUMP_PHASES:
		return add_phases(overview, view);
	case DUMP_END:
		return ERROR_NONE;
	}
	if (overview->unknown_chunks++ == 0)
		overview->unknown_type = view->chunk.type;
	return ERROR_NONE;
}

enum error overview_add(struct overview *overview, const struct dump_view *view, overview_visit *visit, void *context)
{
	overview->chunks++;
	return add_contents(overview, view, visit, context);
}

enum error overview_finish(struct overview *overview, overview_visit *visit, void *context)
{
	struct trace_record record;

	for (uint32_t hart = 0; hart < overview->harts; hart++)
		if (record_stream_end(&overview->hart[hart].stream, &record) && visit)
			RETURN_IF_ERROR(visit(&record, context));
	return ERROR_NONE;
}

void overview_count_events(const struct overview *overview, uint64_t counts[SCHEMA_EVENTS])
{
	memset(counts, 0, SCHEMA_EVENTS * sizeof(counts[0]));
	for (uint32_t hart = 0; hart < overview->harts; hart++)
		for (unsigned id = 0; id < SCHEMA_EVENTS; id++)
			counts[id] += overview->hart[hart].events[id];
}

void overview_release(struct overview *overview)
{
	free(overview->hart);
	free(overview->config);
	*overview = (struct overview){ 0 };
}
