/* Converts a hart's cycles to nanoseconds of the machine's mtime, and says how uncertain the result is. Each SYNC
 * record contains a pair of cycles and mtime. Between two SYNC records the clock interpolates. Before the first SYNC
 * record and after the last one it extends the line that fits the SYNC records nearby.
 * The timeline uses it for each record, so every time that hstrace prints comes from here. It reads nothing but the
 * words of SYNC records. */
#ifndef TRACE_CONVERT_CLOCK_H
#define TRACE_CONVERT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/fan.h"
#include "trace/format/slot.h"

/** The clock remembers at most this many SYNC records of the current line. */
#define CLOCK_READINGS 32

struct clock {
	uint64_t timebase_hz;

	/* The line that converts cycles to times. A point on the line and its slope (ns per cycle) describe it. */
	uint64_t cycles;
	int64_t ns;
	double slope;
	/* The uncertainty at that point in ns. At another place, the uncertainty is greater: these are the ns for each
	 * cycle of distance from the point, and the ns for each cycle of distance squared. */
	double uncertainty, uncertainty_distance, uncertainty_square;
	uint64_t stretch; /* the slope comes from SYNC records that cover this many cycles */

	/* A point is a SYNC record at which a piece of the line ends. `points` is the number of points so far. The
	 * others are the newest point's cycles and time. */
	uint64_t points, next_cycles;
	int64_t next_ns;
	double next_uncertainty;

	/* What is known about the clock's rate. */
	double rate[2];    /* minimum and maximum slope that agree with the SYNC records; rate[1] is 0 if not known */
	double fastest;    /* the minimum of all slopes so far; the clock ran fastest when it had this slope */
	double drift;      /* the maximum change of the rate so far, from one line to the next */
	bool broken;       /* the clock has stood still or changed its frequency, and may do so again at any time */
	int64_t slack;     /* SYNC records may be this many ns off the line */
	bool foreseen;     /* `foresight` is valid: the SYNC record after the one that clock_sync takes next */
	bool too_far;      /* a SYNC record was ignored, because its time is CLOCK_NS_MOST or later */
	unsigned readings; /* number of elements of `reading` that are in use */
	struct fan_reading foresight;
	struct fan fan; /* all lines that agree with the elements of `reading` */
	struct fan_reading reading[CLOCK_READINGS];
};

/** Starts a clock without points.
 * @param timebase_hz how often mtime counts in a second; 0 if this frequency is not known. With 0, the clock ignores
 * SYNC records, and one cycle counts as 1 ns */
void clock_open(struct clock *clock, uint64_t timebase_hz);

/** Looks ahead at a SYNC record (mcycle, mtime, mcycle again). The times before the first SYNC record depend on the
 * clock's rate, which later SYNC records show. So this function is called for several SYNC records before clock_sync is
 * called for the first one.
 * @param distance cycles from the hart's first record to its first SYNC record
 * @return true if the times before the first SYNC record are known well enough, so that no further call is needed */
bool clock_look_ahead(struct clock *clock, uint64_t cycles, uint64_t mtime, uint64_t cycles_again, uint64_t distance);

/** Ends looking ahead. From now on clock_ns can convert times before the first SYNC record. Call clock_sync for all
 * SYNC records after this, beginning with the first one again. */
void clock_settle(struct clock *clock);

/** Shows the clock a SYNC record that comes after the one that clock_sync takes next. Optional: if the rate between these
 * two differs from the rate before them, the clock may have changed between its newest point and the next one, and the
 * uncertainty includes this. */
void clock_foresee(struct clock *clock, uint64_t cycles, uint64_t mtime, uint64_t cycles_again);

/** Takes a SYNC record (mcycle, mtime, mcycle again). The record becomes a point of the line, unless it is very close
 * to the previous point: the slope between them would then be wrong, because mtime only counts whole ticks.
 * @return true if the record is a new point, so that a piece of line ends here. clock_ns then converts times from the
 * previous point to @p cycles_again. */
bool clock_sync(struct clock *clock, uint64_t cycles, uint64_t mtime, uint64_t cycles_again);

/** Moves on to the next piece of line: clock_ns now converts times after the newest point. */
void clock_advance(struct clock *clock);

/** Uses the rate of the clock @p other for times before the first point and after the newest one, if that rate is known
 * more precisely than the rate of @p clock. The rate stays within the bounds that the SYNC records of @p clock give.
 * Harts may have different clocks, so the uncertainty does not depend on @p other. */
void clock_borrow(struct clock *clock, const struct clock *other);

/** The timestamp of a SYNC record may be up to this many cycles later than the mcycle that the record contains. */
#define CLOCK_SLACK (1u << 20)

/** Extends the 48-bit timestamp in @p tag to 64 bits. Of all values with these lower 48 bits, the result is the one
 * nearest to the clock's point. If the current piece of line is longer than 2^47 cycles, the result is the value that
 * lies on this piece. */
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

/** All times are less than this number of ns, which is 146 years. A dump with a later time is damaged. */
#define CLOCK_NS_MOST (1ll << 62)

/** Returns the time at @p cycles in nanoseconds of mtime, from 0 to CLOCK_NS_MOST. Later times also give
 * CLOCK_NS_MOST. */
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

/** Returns how many ns the result of clock_ns at @p cycles may be off. This assumes that the clock behaves there as it
 * did between its SYNC records.
 * @return INT64_MAX if the uncertainty is not known */
int64_t clock_uncertainty(const struct clock *clock, uint64_t cycles);

#endif
