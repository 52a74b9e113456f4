/* See overview.h. */
#include "trace/check/overview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 256

static struct overview_hart *find_hart(struct overview *overview, uint32_t index)
{
	if (index >= overview->harts) {
		struct overview_hart *more = realloc(overview->hart, (index + 1) * sizeof(*more));

		if (!more)
			return NULL;
		overview->hart = more;
		for (uint32_t hart = overview->harts; hart <= index; hart++) {
			more[hart] = (struct overview_hart){ .id = hart };
			record_stream_init(&more[hart].stream, (uint16_t)hart);
		}
		overview->harts = index + 1;
	}
	return &overview->hart[index];
}

static bool add_machine(struct overview *overview, const struct dump_view *view)
{
	const struct dump_machine *machine = view->payload;
	const uint64_t *ids = (const uint64_t *)(machine + 1);

	overview->has_machine = true;
	overview->machine = *machine;
	if (!find_hart(overview, machine->harts - 1))
		return false;
	for (uint32_t hart = 0; hart < machine->harts; hart++)
		overview->hart[hart].id = ids[hart];
	if (machine->config_bytes == 0)
		return true;
	overview->config = malloc(machine->config_bytes);
	if (overview->config)
		memcpy(overview->config, ids + machine->harts, machine->config_bytes);
	return overview->config;
}

static void note(struct overview_hart *hart, const struct trace_record *record)
{
	if (record->inferred)
		return;
	if (record_stream_records(&hart->stream) == 1)
		hart->begin = record->time;
	hart->end = record->time;
	hart->events[record->id]++;
	if (record->id == TRACE_LOST)
		hart->discarded += trace_lost_unpack(record->word, record->ext).slots;
}

static bool add_ring(struct overview *overview, const struct dump_view *view, overview_visit *visit, void *context)
{
	const struct dump_ring *ring = view->payload;
	struct overview_hart *hart = find_hart(overview, ring->hart);
	struct trace_record record;

	if (!hart)
		return false;

	uint64_t lost = hart->begun ? ring->first - hart->next : ring->lost;

	if (!hart->begun)
		hart->first = ring->first;
	hart->begun = true;
	hart->chunks++;
	hart->slots += ring->count;
	hart->gaps += lost != 0;
	hart->lost += lost;
	hart->next = ring->first + ring->count;
	record_stream_chunk(&hart->stream, ring, (const struct trace_slot *)(ring + 1));
	while (record_stream_next(&hart->stream, &record)) {
		note(hart, &record);
		if (!record.inferred)
			phases_take_record(&overview->phases, ring->hart, record.id, record.word[0], record.word[1]);
		if (visit)
			visit(&record, context);
	}
	return true;
}

static bool add_statistics(struct overview *overview, const struct dump_view *view)
{
	struct dump_statistics statistics = dump_statistics_of(view);
	struct overview_hart *hart = find_hart(overview, statistics.hart);

	if (!hart)
		return false;
	hart->has_statistics = true;
	hart->statistics = statistics;
	return true;
}

static bool add_phases(struct overview *overview, const struct dump_view *view, char *text)
{
	const char *wrong = phases_take_text(&overview->phases, view->payload, view->chunk.length);

	if (wrong)
		(void)snprintf(text, TEXT_BYTES, "%s", wrong);
	return !wrong;
}

static bool add_contents(struct overview *overview, const struct dump_view *view, overview_visit *visit, void *context,
			 char *text)
{
	switch (view->chunk.type) {
	case DUMP_MACHINE:
		return add_machine(overview, view);
	case DUMP_SCHEMA:
		overview->has_schema = true;
		return schema_parse(&overview->schema, view->payload, view->chunk.length, text, TEXT_BYTES);
	case DUMP_RING:
		return add_ring(overview, view, visit, context);
	case DUMP_STATISTICS:
		return add_statistics(overview, view);
	case DUMP_PHASES:
		return add_phases(overview, view, text);
	case DUMP_END:
		overview->has_end = true;
		memcpy(&overview->end, view->payload, sizeof(overview->end));
		return true;
	}
	if (overview->unknown_chunks++ == 0)
		overview->unknown_type = view->chunk.type;
	return true;
}

bool overview_add(struct overview *overview, const struct dump_view *view, overview_visit *visit, void *context,
		  char *text)
{
	overview->chunks++;
	(void)snprintf(text, TEXT_BYTES, "no memory");
	return add_contents(overview, view, visit, context, text);
}

void overview_finish(struct overview *overview, overview_visit *visit, void *context)
{
	struct trace_record record;

	for (uint32_t hart = 0; hart < overview->harts; hart++)
		if (record_stream_end(&overview->hart[hart].stream, &record) && visit)
			visit(&record, context);
}

void overview_release(struct overview *overview)
{
	free(overview->hart);
	free(overview->config);
	*overview = (struct overview){ 0 };
}
