/* A lane buffers the slots of one hart. A slot stays in the lane until the hart's clock can convert its timestamp to a
 * time. Then the lane passes the slots to the timeline's sink, record by record.
 * Used only by the timeline. Knows nothing of chunks and files. */
#ifndef TRACE_CONVERT_LANE_H
#define TRACE_CONVERT_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/convert/clock.h"
#include "trace/convert/timeline.h"
#include "trace/error/error.h"

/* How many slots are buffered. When a buffer is full, the times of its slots are computed, although later SYNC records
 * might give better times.
 * The buffer of one hart has LANE_SLOTS slots. It has more if the hart's ring is so large that the second SYNC record
 * can come later. The buffers of all harts together have at most LANE_SLOTS_OF_ALL slots, but each buffer has at least
 * LANE_SLOTS_LEAST. */
#define LANE_SLOTS 65536
#define LANE_SLOTS_LEAST 8192 /* two chunks */
#define LANE_SLOTS_OF_ALL (2u << 20)
#define LANE_GAPS 64
#define LANE_READS 64

struct timeline_lane {
	struct clock clock;
	struct trace_slot *slots; /* allocated when the first slot arrives */
	/* slots[first .. count) are buffered. The search for SYNC records continues at slots[scanned]. If there is one,
	 * the search for the SYNC record after it continues at slots[ahead]. */
	size_t first, count, scanned, ahead;
	bool settled;         /* the first SYNC record's time is known; until then, all slots stay buffered */
	uint64_t before_sync; /* cycles from the first record to the first SYNC record */
	uint64_t sequence;    /* sequence number of slots[first], or of a gap before it */
	uint64_t next;        /* sequence number of the first slot of the next chunk */
	struct {
		size_t at; /* the gap lies before slots[at] */
		uint64_t slots;
	} gaps[LANE_GAPS];
	size_t gap_count, capacity;
	struct {
		uint64_t end, slots; /* a read of the ring found `slots` slots and ended at sequence number `end` */
	} reads[LANE_READS]; /* reads not yet passed to the sink; if the array is full, later reads are ignored */
	size_t read_count;
	uint64_t reading;            /* slots so far of a read that may continue, because its last chunk was full */
	uint64_t missing;            /* slots of the gap that ends at the next record */
	uint64_t reported;           /* lost slots that LOST records have reported */
	int64_t uncertainty_outside; /* maximum uncertainty before the first SYNC record or after the last one, in ns */
	uint64_t too_far;            /* number of records with a time of CLOCK_NS_MOST or more */
	bool gaps_before;            /* there were gaps between chunks */
	/* Cycles in hv before the recorded start of an exit, and after its recorded end. SYNC records contain them. */
	uint64_t entry, leave;
	uint64_t slept;      /* cycles that the hart slept in the exit that the next EXIT record reports */
	uint64_t woke;       /* mcycle when the hart woke up from that sleep */
	uint64_t observing;  /* mcycle when hv began to write SYNC and counters in the same exit; 0 if it wrote none */
	int64_t first_ns;    /* time of the first record */
	int64_t last_ns;     /* time of the last record that has been passed to the sink */
	int64_t exit_end_ns; /* when the last exit ended */
	uint64_t since[2];   /* two candidates (mcycle) for the next exit's `since`; the later one comes first */
	bool exited;         /* an exit has been passed to the sink */
	bool in_window;      /* an exit in the window has been passed, or the window begins before the first record */
	bool gap;            /* there was a gap after the last exit */
	uint32_t hart;
	bool started; /* a record has been passed to the sink */
};

/** Adds @p count slots to the lane, at most as many as one chunk has. Before them, @p lost slots are missing. Then
 * passes all records whose times are now known to the sink. */
enum error lane_add(struct timeline *timeline, struct timeline_lane *lane, const struct trace_slot *slots, size_t count,
		    uint64_t lost) MUST_CHECK;

/** Returns the latest known time of the hart, in ns. It is the time of the last record or the end of the last exit,
 * whichever is later. */
int64_t lane_end(const struct timeline_lane *lane);

/** Remembers how full the ring was when it was read. Call it for each chunk, after setting lane->next to the chunk's
 * end. If a chunk is full, the next chunk may belong to the same read of the ring.
 * @param count slots in the chunk
 * @param lost slots before the chunk that were overwritten; if it is not 0, the ring was full
 * @param ring_slots how many slots the ring has */
void lane_note_read(struct timeline_lane *lane, uint64_t count, uint64_t lost, uint64_t ring_slots);

/** Passes everything that is buffered to the sink, except a gap at the end. Call it once, when the dump contains no
 * further slots of the hart. */
void lane_finish(struct timeline *timeline, struct timeline_lane *lane);

/** Passes the gap at the end of the lane to the sink, if there is one. Call it after lane_finish of all harts.
 * @param to_ns end of the recording, and of the gap */
void lane_finish_gap(struct timeline *timeline, struct timeline_lane *lane, int64_t to_ns);

#endif
