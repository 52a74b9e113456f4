/* Makes records out of one hart's slots. A record is held in stream->record until all its EXT slots have been read. The
 * last of them may be in the next chunk. A slot that fits no record counts as lost. Lost slots are counted in
 * stream->gap. When the next record is complete, the caller first gets a LOST record that reports the gap, and then the
 * complete record. */
#include "trace/dump/record.h"

#include <string.h>

#define HALF_WRAP (1ull << (TRACE_TIMESTAMP_BITS - 1))
#define WRAP (1ull << TRACE_TIMESTAMP_BITS)

/** @return of all 64-bit times that have the same low bits as @p tag, the one nearest to @p full */
static uint64_t nearest(uint64_t full, uint64_t tag)
{
	uint64_t candidate = (full & ~TRACE_TIMESTAMP_MASK) | (tag & TRACE_TIMESTAMP_MASK);

	if (candidate > full && candidate - full > HALF_WRAP && candidate >= WRAP)
		return candidate - WRAP;
	if (candidate < full && full - candidate > HALF_WRAP && candidate + WRAP > candidate)
		return candidate + WRAP;
	return candidate;
}

void record_stream_init(struct record_stream *stream, uint16_t hart, const struct dump_schema *schema)
{
	memset(stream, 0, sizeof(*stream));
	stream->hart = hart;
	stream->schema = schema;
}

/** Counts @p slots slots as lost. @p first is the sequence number of the first of them. */
static void lose(struct record_stream *stream, uint64_t first, uint64_t slots)
{
	if (stream->gap == 0)
		stream->gap_first = first;
	stream->gap += slots;
}

/** Drops the incomplete record that waits for EXT slots. Its slots count as lost.
 * @param excused whether a gap that the recorder reported explains the missing EXT slots; if so, the slots do not count
 *                as malformed */
static void drop_pending(struct record_stream *stream, bool excused)
{
	uint64_t slots = 1u + stream->record.ext - stream->missing;

	stream->missing = 0;
	lose(stream, stream->record.sequence, slots);
	if (!excused)
		stream->malformed += slots;
}

void record_stream_chunk(struct record_stream *stream, const struct dump_ring *ring, const struct trace_slot *slots)
{
	uint64_t expected = stream->begun ? stream->next : ring->first - ring->lost;

	if (ring->first > expected) {
		if (stream->missing)
			drop_pending(stream, true);
		lose(stream, expected, ring->first - expected);
		stream->beside_gap = true;
	}
	if (!stream->begun && ring->first > 0)
		stream->beside_gap = true;
	stream->begun = true;
	stream->next = ring->first;
	stream->slot = slots;
	stream->count = ring->count;
}

static void consume(struct record_stream *stream)
{
	stream->slot++;
	stream->count--;
	stream->next++;
}

/** @return all 64 bits of mcycle from the first SYNC record in the rest of the chunk; 0 if there is no SYNC record */
static uint64_t first_sync(const struct record_stream *stream)
{
	for (uint32_t i = 0; i + 1 < stream->count; i++)
		if (schema_meaning(stream->schema, trace_slot_event(&stream->slot[i])) == TRACE_SYNC &&
		    trace_slot_event(&stream->slot[i + 1]) == TRACE_EXT)
			return trace_sync_of(&stream->slot[i], 1).mcycle;
	return 0;
}

/** @return the 64-bit time of stream->record, which must be complete. @p tag contains the low bits of that time */
static uint64_t resolve_time(struct record_stream *stream, uint64_t tag)
{
	if (stream->record.meaning == TRACE_SYNC && stream->record.ext >= TRACE_SYNC_mcycle_WORD)
		stream->time = trace_sync_unpack(stream->record.word, stream->record.ext).mcycle;
	else if (!stream->time_known)
		stream->time = first_sync(stream);
	stream->time_known = true;
	return nearest(stream->time, tag);
}

/** Makes the LOST record that reports the gap, and resets the gap to 0. @p since and @p until are the times of the
 * records before and after the gap. */
static void take_gap(struct record_stream *stream, uint64_t since, uint64_t until, struct trace_record *record)
{
	*record = (struct trace_record){
		.id = TRACE_LOST,
		.meaning = TRACE_LOST,
		.ext = TRACE_LOST_EXT,
		.inferred = true,
		.hart = stream->hart,
		.time = until,
		.sequence = stream->gap_first,
	};
	trace_lost_pack((struct trace_lost){ .slots = stream->gap, .first = since, .last = until }, record->word);
	stream->lost += stream->gap;
	stream->gap = 0;
}

/** Called when stream->record is complete. Copies it to @p record. But after a gap, it first copies the LOST record to
 * @p record, and the complete record is delivered by the next call. */
static void complete(struct record_stream *stream, struct trace_record *record)
{
	uint64_t since = stream->records ? stream->time : 0;

	stream->record.time = resolve_time(stream, stream->record.time);
	stream->time = stream->record.time;
	stream->beside_gap = false;
	stream->records++;
	if (stream->gap) {
		take_gap(stream, since, stream->time, record);
		stream->deliver = true;
	} else {
		*record = stream->record;
	}
}

/** Adds the next slot to stream->record if it is the EXT slot that the record waits for. @return false if it is another
 * slot */
static bool take_ext(struct record_stream *stream)
{
	uint8_t index = (uint8_t)(stream->record.ext - stream->missing);

	if (!trace_slot_continues(stream->slot, stream->record.time, index))
		return false;
	stream->record.word[1 + index] = stream->slot->payload;
	stream->missing--;
	consume(stream);
	return true;
}

/** Begins a new record with the next slot, which should be a header. @return false if the slot is not a header; in this
 * case it counts as lost */
static bool take_header(struct record_stream *stream)
{
	const struct trace_slot *slot = stream->slot;
	uint8_t id = (uint8_t)trace_slot_event(slot), ext = (uint8_t)trace_slot_aux(slot);

	if (!trace_slot_begins(slot)) {
		lose(stream, stream->next, 1);
		if (!stream->beside_gap)
			stream->malformed++;
		consume(stream);
		return false;
	}
	stream->record = (struct trace_record){
		.id = id,
		.meaning = (uint8_t)schema_meaning(stream->schema, id),
		.ext = ext,
		.hart = stream->hart,
		.time = slot->tag & TRACE_TIMESTAMP_MASK,
		.word = { slot->payload },
		.sequence = stream->next,
	};
	stream->missing = ext;
	consume(stream);
	return true;
}

bool record_stream_next(struct record_stream *stream, struct trace_record *record)
{
	if (stream->deliver) {
		stream->deliver = false;
		*record = stream->record;
		return true;
	}
	while (stream->count) {
		bool taken = stream->missing ? take_ext(stream) : take_header(stream);

		if (!taken && stream->missing)
			drop_pending(stream, false);
		else if (taken && stream->missing == 0) {
			complete(stream, record);
			return true;
		}
	}
	return false;
}

bool record_stream_end(struct record_stream *stream, struct trace_record *record)
{
	if (stream->missing)
		drop_pending(stream, false);
	if (stream->gap == 0)
		return false;
	take_gap(stream, stream->time, stream->time, record);
	return true;
}
