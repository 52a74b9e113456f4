/* Converts a hart's cycles to nanoseconds of the machine's mtime, and says how uncertain the result is. Between two
 * SYNC records it interpolates; before the first and after the last one it extends the line that agrees with the
 * others.
 * Used by the timeline for each record: every time that hstrace prints comes from here. Knows only the
 * words of SYNC records. */
#ifndef TRACE_CONVERT_CLOCK_H
#define TRACE_CONVERT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/fan.h"
#include "trace/format/slot.h"

/** At most this many SYNC records of the current line are remembered. */
#define CLOCK_READINGS 32

struct clock {
	uint64_t timebase_hz;

	/* The line that converts cycles to times: a point on it, and its slope in ns per cycle. */
	uint64_t cycles;
	int64_t ns;
	double slope;
	/* Uncertainty in ns at that point, and how it grows per cycle of distance, and per cycle squared. */
	double uncertainty, uncertainty_distance, uncertainty_square;
	uint64_t stretch; /* cycles covered by the SYNC records that gave the slope */

	/* Points: the SYNC records at which pieces of the line end. How many there were, and the newest one. */
	uint64_t points, next_cycles;
	int64_t next_ns;
	double next_uncertainty;

	/* What is known about the clock's rate. */
	double rate[2]; /* least and greatest slope that agree with the SYNC records; rate[1] is 0 if not known */
	double fastest; /* the least slope so far, when the clock ran fastest */
	double drift;   /* the greatest change of the rate so far, from one line to the next */
	bool broken;    /* the clock has stood still or changed its frequency, and may do so again at any time */
	int64_t slack;  /* SYNC records may be this many ns off the line */
	bool too_far;   /* a SYNC record was ignored, because its time is CLOCK_NS_MOST or later */
	unsigned readings;
	struct fan fan; /* the lines that agree with `reading` */
	struct fan_reading reading[CLOCK_READINGS];
};

/** Starts a clock without points.
 * @param timebase_hz how often mtime counts in a second; 0 if that is not known: then the clock ignores SYNC records,
 * and one cycle is 1 ns */
void clock_open(struct clock *clock, uint64_t timebase_hz);

/** Looks ahead at a SYNC record (mcycle, mtime, mcycle again). All SYNC records determine what the time was before the
 * first one, so they are looked at before clock_sync takes the first.
 * @param distance cycles from the hart's first record to its first SYNC record
 * @return whether that time is known well enough, so that looking further is of no use */
bool clock_look_ahead(struct clock *clock, uint64_t cycles, uint64_t mtime, uint64_t cycles_again, uint64_t distance);

/** Ends looking ahead. From now on clock_ns converts times before the first SYNC record, and clock_sync takes all SYNC
 * records, beginning with the first. */
void clock_settle(struct clock *clock);

/** Takes a SYNC record: mcycle, mtime, mcycle again. It makes no point if it is so close to the point before that
 * mtime's tick would spoil the slope between them.
 * @return whether a piece of line ends here: then clock_ns converts times from the point before to @p cycles_again. */
bool clock_sync(struct clock *clock, uint64_t cycles, uint64_t mtime, uint64_t cycles_again);

/** Makes clock_ns convert times after the newest point. */
void clock_advance(struct clock *clock);

/** Uses the rate of @p other for times before the first point and after the newest one, if it is known better than the
 * clock's own. The rate stays within the bounds that the clock's own SYNC records give. Harts may have different
 * clocks, so the uncertainty does not rely on @p other. */
void clock_borrow(struct clock *clock, const struct clock *other);

/** The timestamp of a SYNC record may be at most this many cycles later than the point that the record makes. */
#define CLOCK_SLACK (1u << 20)

/** Extends the 48-bit timestamp in @p tag to 64 bits. The result is the value nearest to the clock's point; on a piece
 * of line that is longer than 2^47 cycles, it is the value that lies on the piece. */
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

/** All times are less than this, which is 146 years. A dump with a later time is wrong. */
#define CLOCK_NS_MOST (1ll << 62)

/** The time at @p cycles in nanoseconds of mtime: from 0 to CLOCK_NS_MOST, which stands for all later times. */
static inline int64_t clock_ns(const struct clock *clock, uint64_t cycles)
{
	double distance = (double)(int64_t)(cycles - clock->cycles) * clock->slope;
	if (__builtin_expect(!(__builtin_fabs(distance) < (double)CLOCK_NS_MOST), 0))
		return distance < 0 ? 0 : CLOCK_NS_MOST;
	int64_t ns = clock->ns + (int64_t)distance;
	if (ns < 0)
		return 0;
	return ns < CLOCK_NS_MOST ? ns : CLOCK_NS_MOST;
}

/** By how many ns clock_ns may be wrong at @p cycles, provided that the clock runs there as its SYNC records show.
 * @return INT64_MAX if it is not known */
int64_t clock_uncertainty(const struct clock *clock, uint64_t cycles);

#endif
