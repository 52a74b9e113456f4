/* One hart's slots, held until the hart's clock is known for them, then handed over record by record.
 * Used by the timeline alone. Knows nothing of chunks and files. */
#ifndef TRACE_CONVERT_LANE_H
#define TRACE_CONVERT_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/convert/clock.h"
#include "trace/convert/timeline.h"
#include "trace/error/error.h"

/** Slots that are held at most, of one hart (more if its ring is large: up to the second SYNC record) and (if that leaves two
 * chunks for each) of all together; then times are computed by what is known of the hart's clock. */
#define LANE_SLOTS 65536
#define LANE_SLOTS_LEAST 8192
#define LANE_SLOTS_OF_ALL (2u << 20)
#define LANE_GAPS 64
#define LANE_READS 64

struct timeline_lane {
	struct clock clock;
	struct trace_slot *slots;     /* allocated when the first arrives */
	size_t first, count, scanned; /* slots[first .. count) are held; up to `scanned` SYNC was looked for */
	bool settled;                 /* the first SYNC record's time is known; until then, all slots are held */
	uint64_t before_sync;         /* cycles from the first record to the first SYNC record */
	uint64_t sequence;            /* of slots[first], or of a gap before it */
	uint64_t next;                /* of the slot that comes next */
	struct {
		size_t at; /* the gap lies before slots[at] */
		uint64_t slots;
	} gaps[LANE_GAPS];
	size_t gap_count, capacity;
	struct {
		uint64_t end, slots; /* a read of the ring found so many, up to this sequence number */
	} reads[LANE_READS];         /* that the sink has not been told of; more are not remembered */
	size_t read_count;
	uint64_t reading;            /* slots of the read that the last chunk, a full one, may be part of */
	uint64_t missing;            /* slots of a gap that the next record ends */
	uint64_t told;               /* slots that LOST records told of */
	int64_t uncertainty_outside; /* the greatest, of records before the first SYNC record or after the last one */
	uint64_t too_far;            /* records whose time does not fit CLOCK_NS_MOST */
	bool gaps_before;            /* chunks had gaps between them */
	uint64_t entry, leave;       /* SYNC's: cycles of each exit before its record's start and after its end */
	uint64_t slept;              /* cycles that the hart has slept in the exit that is to come */
	uint64_t woke;               /* when it woke up from that */
	uint64_t observing;  /* since then the exit that is to come has only written SYNC and counters; 0: it has not */
	int64_t first_ns;    /* of the first record */
	int64_t last_ns;     /* of the record handed over last */
	int64_t exit_end_ns; /* when the last exit ended */
	uint64_t since[2];   /* cycles: what the next exit's `since` may be, the latest first */
	bool exited;         /* an exit has been handed over */
	bool in_window;      /* ... in the window, or the window begins before the hart's records */
	bool gap;            /* slots have been missing since the last exit */
	uint32_t hart;
	bool started;
};

/** Adds @p count slots (at most DUMP_CHUNK_BYTES) with @p lost missing before them, and hands over what has a time now. */
enum error lane_add(struct timeline *timeline, struct timeline_lane *lane, const struct trace_slot *slots, size_t count,
		    uint64_t lost) MUST_CHECK;

/** The last time that is known of the hart: of its last record, or of the end of its last exit. */
int64_t lane_end(const struct timeline_lane *lane);

/** Notes how full a ring was: the chunk that ends at lane->next had @p count slots. A full chunk is part of a longer read.
 * @param lost slots that were overwritten before it: then the ring, of @p ring_slots, was full */
void lane_note_read(struct timeline_lane *lane, uint64_t count, uint64_t lost, uint64_t ring_slots);

/** Hands over all that is held but a gap at the end: nothing more comes. */
void lane_finish(struct timeline *timeline, struct timeline_lane *lane);

/** After lane_finish of all harts: hands over the gap at the end, if there is one, which reaches to @p to_ns. */
void lane_finish_gap(struct timeline *timeline, struct timeline_lane *lane, int64_t to_ns);

#endif
