/* Reads a dump chunk by chunk with the reader of trace/dump, and collects the EXIT records of each hart and the number
 * of lost slots. Also finds out whether an exit was in flight, that is, had begun but not ended, at the end of the
 * dump. */
#include "benchmarks/oracle/recorded.h"

#include <stdlib.h>
#include <string.h>

#include "trace/dump/reader.h"
#include "trace/dump/record.h"

/* The state of reading a dump. */
struct reading {
	struct recorded *recorded;
	struct record_stream *stream; /* one for each hart */
};

static enum error add_machine(struct reading *reading, const struct dump_view *view)
{
	const struct dump_machine *machine = view->payload;
	const uint64_t *ids = (const uint64_t *)(machine + 1);
	struct recorded *recorded = reading->recorded;

	recorded->hart = calloc(machine->harts, sizeof(*recorded->hart));
	reading->stream = calloc(machine->harts, sizeof(*reading->stream));
	if (!recorded->hart || !reading->stream)
		return error_no_memory();
	recorded->harts = machine->harts;
	for (uint32_t i = 0; i < machine->harts; i++) {
		recorded->hart[i].id = ids[i];
		record_stream_init(&reading->stream[i], (uint16_t)i, NULL);
	}
	return ERROR_NONE;
}

static enum error add_record(struct recorded_hart *hart, const struct trace_record *record)
{
	if (record->inferred)
		hart->lost += trace_lost_unpack(record->word, record->ext).slots;
	if (record->id != TRACE_EXIT)
		return ERROR_NONE;
	if (record->ext != TRACE_EXIT_EXT)
		return error_set(ERROR_DATA,
				 "the EXIT records lack pc and value: the image needs exit_args = \"pc+value\"");

	struct trace_exit fields = trace_exit_unpack(record->word, record->ext);
	struct oracle_exit exit = {
		.pc = fields.pc,
		.value = fields.value,
		.place = record->sequence,
		.cause = (uint8_t)fields.cause,
		.before = (uint8_t)fields.before,
		.after = (uint8_t)fields.after,
	};

	return exit_list_add(&hart->exits, &exit);
}

static enum error add_ring(struct reading *reading, const struct dump_view *view)
{
	const struct dump_ring *ring = view->payload;
	struct record_stream *stream = &reading->stream[ring->hart];
	struct trace_record record;

	record_stream_chunk(stream, ring, (const struct trace_slot *)(ring + 1));
	while (record_stream_next(stream, &record))
		RETURN_IF_ERROR(add_record(&reading->recorded->hart[ring->hart], &record));
	return ERROR_NONE;
}

static void add_statistics(struct reading *reading, const struct dump_view *view)
{
	const struct dump_statistics *statistics = view->payload;
	struct recorded_hart *hart = &reading->recorded->hart[statistics->hart];

	if (statistics->lost > hart->lost)
		hart->lost = statistics->lost;
	hart->in_flight = statistics->in_flight != 0;
}

static enum error add_chunk(struct reading *reading, const struct dump_view *view)
{
	switch (view->chunk.type) {
	case DUMP_MACHINE:
		return add_machine(reading, view);
	case DUMP_RING:
		return add_ring(reading, view);
	case DUMP_STATISTICS:
		add_statistics(reading, view);
		return ERROR_NONE;
	default:
		return ERROR_NONE;
	}
}

static enum error add_all(struct reading *reading, struct dump_reader *reader)
{
	struct dump_view view;

	for (;;) {
		RETURN_IF_ERROR(dump_next(reader, &view));
		if (!view.payload)
			return ERROR_NONE;
		RETURN_IF_ERROR(add_chunk(reading, &view));
	}
}

enum error recorded_read(struct recorded *recorded, const char *path)
{
	struct reading reading = { .recorded = recorded };
	struct dump_reader *reader;

	RETURN_IF_ERROR(dump_open(&reader, path, false));

	enum error error = add_all(&reading, reader);

	dump_close(reader);
	free(reading.stream);
	return error;
}

void recorded_release(struct recorded *recorded)
{
	for (uint32_t i = 0; i < recorded->harts; i++)
		exit_list_release(&recorded->hart[i].exits);
	free(recorded->hart);
}
