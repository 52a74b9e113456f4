/* A dump's exits. */
#include "benchmarks/oracle/recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/dump/reader.h"
#include "trace/dump/record.h"

/* A dump on its way to lists. */
struct reading {
	struct recorded *recorded;
	struct record_stream *stream; /* by hart */
	char *problem;
};

static bool complain(const struct reading *reading, const char *what)
{
	(void)snprintf(reading->problem, RECORDED_PROBLEM_BYTES, "%s", what);
	return false;
}

static bool add_machine(struct reading *reading, const struct dump_view *view)
{
	const struct dump_machine *machine = view->payload;
	const uint64_t *ids = (const uint64_t *)(machine + 1);
	struct recorded *recorded = reading->recorded;

	recorded->hart = calloc(machine->harts, sizeof(*recorded->hart));
	reading->stream = calloc(machine->harts, sizeof(*reading->stream));
	if (!recorded->hart || !reading->stream)
		return complain(reading, "out of memory");
	recorded->harts = machine->harts;
	for (uint32_t i = 0; i < machine->harts; i++) {
		recorded->hart[i].id = ids[i];
		record_stream_init(&reading->stream[i], (uint16_t)i);
	}
	return true;
}

static bool add_record(struct reading *reading, struct recorded_hart *hart, const struct trace_record *record)
{
	if (record->inferred)
		hart->lost += trace_lost_unpack(record->word, record->ext).slots;
	if (record->id != TRACE_EXIT)
		return true;
	if (record->ext != TRACE_EXIT_EXT)
		return complain(reading, "its exits have no pc and value: [trace] exit_args must be pc+value");

	struct trace_exit fields = trace_exit_unpack(record->word, record->ext);
	struct oracle_exit exit = {
		.pc = fields.pc,
		.value = fields.value,
		.place = record->sequence,
		.cause = (uint8_t)fields.cause,
		.before = (uint8_t)fields.before,
		.after = (uint8_t)fields.after,
	};

	return exit_list_add(&hart->exits, &exit) || complain(reading, "out of memory");
}

static bool add_ring(struct reading *reading, const struct dump_view *view)
{
	const struct dump_ring *ring = view->payload;
	struct record_stream *stream = &reading->stream[ring->hart];
	struct trace_record record;

	record_stream_chunk(stream, ring, (const struct trace_slot *)(ring + 1));
	while (record_stream_next(stream, &record))
		if (!add_record(reading, &reading->recorded->hart[ring->hart], &record))
			return false;
	return true;
}

static void add_statistics(struct reading *reading, const struct dump_view *view)
{
	const struct dump_statistics *statistics = view->payload;
	struct recorded_hart *hart = &reading->recorded->hart[statistics->hart];

	if (statistics->lost > hart->lost)
		hart->lost = statistics->lost;
	hart->in_flight = statistics->in_flight != 0;
}

static bool add_chunk(struct reading *reading, const struct dump_view *view)
{
	switch (view->chunk.type) {
	case DUMP_MACHINE:
		return add_machine(reading, view);
	case DUMP_RING:
		return add_ring(reading, view);
	case DUMP_STATISTICS:
		add_statistics(reading, view);
		return true;
	default:
		return true;
	}
}

bool recorded_read(struct recorded *recorded, const char *path, char *problem)
{
	struct reading reading = { .recorded = recorded, .problem = problem };
	struct dump_reader *reader = dump_open(path, false, problem, RECORDED_PROBLEM_BYTES);
	enum dump_status status = DUMP_BAD;
	struct dump_view view;
	bool good = reader != NULL;

	while (good && (status = dump_next(reader, &view)) == DUMP_OK)
		good = add_chunk(&reading, &view);
	if (good && status == DUMP_BAD)
		good = complain(&reading, dump_error(reader));
	dump_close(reader);
	free(reading.stream);
	return good;
}

void recorded_release(struct recorded *recorded)
{
	for (uint32_t i = 0; i < recorded->harts; i++)
		exit_list_release(&recorded->hart[i].exits);
	free(recorded->hart);
}
