/* Records out of one hart's slots: header and EXT slots put together, times resolved to 64 bits, losses counted.
 * Called by tools with each ring chunk of a hart. Knows nothing of files, nor of what an event means but SYNC. */
#ifndef TRACE_DUMP_RECORD_H
#define TRACE_DUMP_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/format/dump.h"
#include "trace/format/event_fields.h"

/** One event. */
struct trace_record {
	uint8_t id;    /* enum trace_event, or one of a later version */
	uint8_t ext;   /* EXT slots that it has: word[1] to word[ext] are set, the others are 0 */
	bool inferred; /* a LOST that no slot says: see record_stream_next() */
	uint16_t hart; /* index */
	uint64_t time; /* mcycle of this hart */
	uint64_t word[TRACE_RECORD_SLOTS];
	uint64_t sequence; /* of its header; inferred: of the first slot that is lost */
};

/** One hart's slots on their way to records. Starts by record_stream_init(); the rest is for record.c alone. */
struct record_stream {
	uint16_t hart;
	bool begun, time_known, deliver;
	uint8_t missing;               /* EXT slots that `record` waits for */
	uint64_t next;                 /* sequence number of the next slot */
	uint64_t time;                 /* of the last record delivered */
	uint64_t gap, gap_first;       /* slots lost since then, and the first of them */
	const struct trace_slot *slot; /* the chunk's rest */
	uint32_t count;
	uint64_t lost, malformed, records; /* see below */
	bool beside_gap;                   /* nothing was delivered since the recorder's last gap */
	struct trace_record record;        /* read, but not yet delivered */
};

void record_stream_init(struct record_stream *stream, uint16_t hart);

/** Gives the stream the next ring chunk of its hart; those before must have been read to their end. The slots must stay
 * until this one has been, too. A record whose slots lie on both sides of the border is put together. */
void record_stream_chunk(struct record_stream *stream, const struct dump_ring *ring, const struct trace_slot *slots);

/** The next record of the chunk. Before the first record after a gap comes a LOST record with `inferred` set: its
 * `slots` are those that the recorder lost, EXT slots whose header was lost, and headers whose EXT slots were; `first` is the
 * time of the record before (0 if none), `last` that of the record after.
 * So slots in chunks + slots lost before them = sum of 1 + ext of records not inferred + sum of `slots` of those inferred.
 * Times have the 48 bits that slots have, and above them those of the last SYNC before, else of the first in the chunk,
 * else 0. @return false: the chunk is read to its end */
bool record_stream_next(struct record_stream *stream, struct trace_record *record);

/** Ends the stream: slots of a record that never became whole count as lost.
 * @return whether @p record is a last LOST, whose `last` is the time of the record before */
bool record_stream_end(struct record_stream *stream, struct trace_record *record);

/** Slots of inferred LOST records until now. */
static inline uint64_t record_stream_lost(const struct record_stream *stream)
{
	return stream->lost;
}

/** Slots that were there, fit no record, and are not beside a gap, which would excuse them. They are lost, too. */
static inline uint64_t record_stream_malformed(const struct record_stream *stream)
{
	return stream->malformed;
}

/** Records delivered until now that are not inferred. */
static inline uint64_t record_stream_records(const struct record_stream *stream)
{
	return stream->records;
}

#endif
