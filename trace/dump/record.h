/* Makes records out of one hart's slots: puts header and EXT slots together, extends times to 64 bits, and counts
 * losses.
 * Called by tools with each RING chunk of a hart. Knows nothing of files, nor of what an event means, except SYNC and
 * LOST. */
#ifndef TRACE_DUMP_RECORD_H
#define TRACE_DUMP_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/format/dump.h"
#include "trace/format/event_fields.h"

/** One record. */
struct trace_record {
	uint8_t id;    /* enum trace_event, or the id of an event that this build does not know */
	uint8_t ext;   /* number of its EXT slots: word[1] to word[ext] are set, and the words after them are 0 */
	bool inferred; /* a LOST record that is not in the dump, but made up for a gap: see record_stream_next() */
	uint16_t hart; /* hart index */
	uint64_t time; /* mcycle of this hart */
	uint64_t word[TRACE_RECORD_SLOTS];
	uint64_t sequence; /* sequence number of its header; if inferred, of the first lost slot */
};

/** One hart's slots that become records. record_stream_init() sets it up; only record.c uses its members. */
struct record_stream {
	uint16_t hart;
	bool begun;                        /* the first chunk has come */
	bool time_known;                   /* `time` has been set, from a record or from the first SYNC record */
	bool deliver;                      /* a LOST record was delivered, and `record` comes next */
	uint8_t missing;                   /* number of EXT slots that `record` waits for */
	uint64_t next;                     /* sequence number of the next slot */
	uint64_t time;                     /* time of the last record that was delivered */
	uint64_t gap;                      /* number of slots that were lost since then */
	uint64_t gap_first;                /* sequence number of the first of them */
	const struct trace_slot *slot;     /* the rest of the chunk */
	uint32_t count;                    /* how many slots that is */
	uint64_t lost, malformed, records; /* see record_stream_lost() and the functions after it */
	bool beside_gap;                   /* no record has been delivered since the recorder's last gap */
	struct trace_record record;        /* a record that is read, but not yet delivered */
};

/** Sets up the stream of the hart with index @p hart. */
void record_stream_init(struct record_stream *stream, uint16_t hart);

/** Gives the stream the next RING chunk of its hart. Before this, read the previous chunk until record_stream_next()
 * returns false. A record may continue from one chunk into the next.
 * @param slots ring->count slots; they must stay valid until this chunk is read in the same way */
void record_stream_chunk(struct record_stream *stream, const struct dump_ring *ring, const struct trace_slot *slots);

/** Returns the next record of the chunk. If slots were lost before a record, a LOST record with `inferred` set comes
 * first. Its fields are:
 * - `slots`: how many slots were lost: those that the recorder lost, EXT slots without their header, and headers
 *   without all their EXT slots
 * - `first`: the time of the record before them; 0 if there is none
 * - `last`: the time of the record after them
 *
 * So every slot is accounted for: slots in chunks + slots lost before them = sum of (1 + ext) over the records that are
 * not inferred + sum of `slots` over those that are.
 * The low 48 bits of a time are those of the slot. The bits above them are chosen so that the time is nearest to the
 * previous record; for the first record, nearest to the first SYNC record in its chunk; if there is none, they are 0.
 * @return false if the chunk is read to its end */
bool record_stream_next(struct record_stream *stream, struct trace_record *record);

/** Ends the stream. If a record still waits for EXT slots, its slots count as lost.
 * @return whether @p record was set to one more LOST record. Its `last` is the time of the record before it */
bool record_stream_end(struct record_stream *stream, struct trace_record *record);

/** Returns how many slots the inferred LOST records have reported so far. */
static inline uint64_t record_stream_lost(const struct record_stream *stream)
{
	return stream->lost;
}

/** Returns how many slots so far belong to no record, without a gap beside them that would explain it. These slots also
 * count as lost. */
static inline uint64_t record_stream_malformed(const struct record_stream *stream)
{
	return stream->malformed;
}

/** Returns how many records that are not inferred were delivered so far. */
static inline uint64_t record_stream_records(const struct record_stream *stream)
{
	return stream->records;
}

#endif
