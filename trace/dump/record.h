/* Makes records out of one hart's slots. It joins each header slot with its EXT slots, extends times to 64 bits, and
 * counts losses.
 * Called by tools with each RING chunk of a hart. It knows nothing about files. It does not interpret events, except
 * SYNC and LOST. */
#ifndef TRACE_DUMP_RECORD_H
#define TRACE_DUMP_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/dump/schema.h"
#include "trace/format/dump.h"
#include "trace/format/event_fields.h"

/** One record. */
struct trace_record {
	uint8_t id;      /* the event's id in the dump */
	uint8_t meaning; /* the result of schema_meaning(); TRACE_LOST if `inferred` */
	uint8_t ext;     /* number of EXT slots; word[1] to word[ext] are set, and the words after them are 0 */
	bool inferred;   /* this is a LOST record that record_stream_next() made for a gap; it is not in the dump */
	uint16_t hart;   /* hart index */
	uint64_t time;   /* mcycle of this hart */
	uint64_t word[TRACE_RECORD_SLOTS];
	uint64_t sequence; /* sequence number of the header slot; if `inferred`, that of the first lost slot */
};

/** The state of reading one hart's slots. record_stream_init() sets it up, and only record.c uses its members. */
struct record_stream {
	uint16_t hart;
	const struct dump_schema *schema;  /* the dump's schema; may be null */
	bool begun;                        /* the first chunk has come */
	bool time_known;                   /* `time` has been set, from a record or from the first SYNC record */
	bool deliver;                      /* a LOST record was delivered, and `record` comes next */
	uint8_t missing;                   /* number of EXT slots that `record` waits for */
	uint64_t next;                     /* sequence number of the next slot */
	uint64_t time;                     /* time of the last record that was delivered */
	uint64_t gap;                      /* number of slots that were lost since that record */
	uint64_t gap_first;                /* sequence number of the first of these lost slots */
	const struct trace_slot *slot;     /* the slots of the chunk that are not yet read */
	uint32_t count;                    /* number of slots that are not yet read */
	uint64_t lost, malformed, records; /* the results of record_stream_lost() and of the functions after it */
	bool beside_gap;                   /* no record has been delivered since the recorder's last gap */
	struct trace_record record;        /* a record that is read, but not yet delivered */
};

/** Sets up the stream of the hart with index @p hart.
 * @param schema the dump's schema; it must exist as long as the stream, and may be filled in after this call. Null if
 * all events have the meaning that they have in this build */
void record_stream_init(struct record_stream *stream, uint16_t hart, const struct dump_schema *schema);

/** Gives the stream the next RING chunk of its hart. Before this call, call record_stream_next() until it returns
 * false, so that the previous chunk is read to its end. A record may continue from one chunk into the next.
 * @param slots ring->count slots; they must stay valid until record_stream_next() has returned false for this chunk */
void record_stream_chunk(struct record_stream *stream, const struct dump_ring *ring, const struct trace_slot *slots);

/** Returns the next record of the chunk. If slots were lost before a record, a LOST record with `inferred` set comes
 * first. The fields of the LOST record are:
 * - `slots`: the number of lost slots. These are the slots that the recorder lost, EXT slots without their header, and
 *   headers that lack some of their EXT slots
 * - `first`: the time of the record before the lost slots; 0 if there is no such record
 * - `last`: the time of the record after the lost slots
 *
 * So every slot is accounted for. The number of slots in the chunks plus the number of slots that the chunks report as
 * lost equals the sum of 1 + `ext` over all records that are not inferred, plus the sum of `slots` over all inferred
 * records. The low 48 bits of a record's time come from the slot. The upper bits are chosen so that the time is as near
 * as possible to the time of the previous record. The time of the first record is compared with the first SYNC record
 * in its chunk instead. If the chunk has no SYNC record, the upper bits are 0.
 * @return false if all slots of the chunk have been read */
bool record_stream_next(struct record_stream *stream, struct trace_record *record);

/** Ends the stream. If a record still waits for EXT slots, its slots count as lost.
 * @return whether @p record was set to one more LOST record. The `last` of this LOST record is the time of the record
 * before the lost slots */
bool record_stream_end(struct record_stream *stream, struct trace_record *record);

/** Returns how many slots the inferred LOST records have reported so far. */
static inline uint64_t record_stream_lost(const struct record_stream *stream)
{
	return stream->lost;
}

/** Returns how many slots so far belong to no record although no gap next to them explains why. record_stream_lost()
 * counts these slots, too. */
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
