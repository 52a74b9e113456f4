/* A hart's cycles as nanoseconds of the machine's mtime: pieces of a line through the hart's SYNC records.
 * Used by the timeline, for each record. Knows nothing of records but SYNC's words. */
#ifndef TRACE_CONVERT_CLOCK_H
#define TRACE_CONVERT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/format/slot.h"

struct clock {
	uint64_t timebase_hz;
	uint64_t cycles; /* the point that times are counted from ... */
	int64_t ns;
	int64_t slope;        /* ... ns per cycle, times 2^32 */
	uint64_t points;      /* taken until now; times are known from the second on */
	uint64_t next_cycles; /* the newest point, from which the next piece begins */
	int64_t next_ns;
};

/** A clock without points, of a machine whose mtime counts @p timebase_hz a second; 0: that is not known, and it takes no
 * points, so that a cycle is 1 ns. */
void clock_open(struct clock *clock, uint64_t timebase_hz);

/** Takes a SYNC record: mcycle, mtime, mcycle again.
 * A record whose two cycles lie more than 1 us apart says too little, and one close to the point before that only repeats
 * what the line says would spoil the slope by the coarseness of mtime: both are passed over.
 * @return whether a piece of line ends here: times until @p cycles_again are now to be computed. */
bool clock_sync(struct clock *clock, uint64_t cycles, uint64_t mtime, uint64_t cycles_again);

/** Counts from the newest point on, with the slope of the last piece: for times after the newest SYNC. */
void clock_advance(struct clock *clock);

/** Takes the slope of @p other, if this clock has none of its own (fewer than two points). */
void clock_borrow(struct clock *clock, const struct clock *other);

/** Of the SYNC record that ends a piece: how far its own timestamp is behind the point that it makes, at most. */
#define CLOCK_SLACK (1u << 20)

/** The 64 bits of a timestamp: the nearest to the clock's point that has the 48 bits of @p tag; of a piece that is longer than
 * half of what these count, the one that lies on it. */
static inline uint64_t clock_cycles(const struct clock *clock, uint64_t tag)
{
	int64_t distance =
		(int64_t)((tag - clock->cycles) << (64 - TRACE_TIMESTAMP_BITS)) >> (64 - TRACE_TIMESTAMP_BITS);
	if (distance < 0) {
		uint64_t forward = (uint64_t)distance + (1ull << TRACE_TIMESTAMP_BITS);
		if (forward <= clock->next_cycles - clock->cycles + CLOCK_SLACK)
			return clock->cycles + forward;
	}
	return clock->cycles + (uint64_t)distance;
}

/** Times are kept within 0 and this, also those of damaged dumps: 146 years. */
#define CLOCK_NS_MOST (1ll << 62)

/** Nanoseconds of mtime at @p cycles. */
static inline int64_t clock_ns(const struct clock *clock, uint64_t cycles)
{
	int64_t distance = (int64_t)(cycles - clock->cycles);
	__int128 ns = clock->ns + ((__int128)distance * clock->slope >> 32);
	if (ns < 0)
		return 0;
	return ns < CLOCK_NS_MOST ? (int64_t)ns : CLOCK_NS_MOST;
}

#endif
