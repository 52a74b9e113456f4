/* The set of straight lines that agree with all readings of two clocks. It gives bounds for one clock's time at a value
 * of the other. Used only by clock.c. Knows nothing of records, and does not decide what to do when no line agrees. */
#ifndef TRACE_CONVERT_FAN_H
#define TRACE_CONVERT_FAN_H

#include <stdbool.h>
#include <stdint.h>

/** mtime was read at an unknown moment between two readings of mcycle, and it only counts ticks. So all that is certain
 * is: the time was less than @p most at @p before, and at least @p least at @p after. */
struct fan_reading {
	uint64_t before, after; /* cycles; before <= after */
	int64_t least, most;    /* ns; least < most */
};

/** A hull keeps at most this many corners. When it would have more, some are dropped. The bounds are then wider than
 * necessary, but never too narrow. */
#define FAN_CORNERS 32

struct fan_point {
	int64_t cycles, ns; /* cycles: from the fan's origin */
};

struct fan_hull {
	struct fan_point corner[FAN_CORNERS];
	unsigned first, end;
};

struct fan {
	uint64_t origin; /* `before` of the first reading */
	uint64_t last;   /* `after` of the newest reading */
	unsigned readings;
	struct fan_hull least, most; /* hulls of the points that a line must reach, and of those it must stay below */
	/* The lines with the greatest and with the smallest slope, as two points each. Valid from 2 readings on. */
	struct fan_point steepest[2], flattest[2];
};

enum fan_verdict {
	FAN_AGREES,
	FAN_CONTRADICTS, /* no straight line agrees with this reading and with all earlier ones */
	FAN_USELESS      /* the reading overlaps with the previous one, or is too far from the first one */
};

/** Adds a reading, which must be later than the earlier ones. The fan changes only if the verdict is FAN_AGREES.
 * @param slack how far, in ns, a line may be outside of the reading's bounds */
enum fan_verdict fan_add(struct fan *fan, const struct fan_reading *reading, int64_t slack);

struct fan_bounds {
	double ns[2];    /* earliest and latest time, counted from fan_base() */
	double slope[2]; /* smallest and greatest slope, ns per cycle */
};

/** Bounds of the time at @p cycles, and of the slope. The fan must have at least 2 readings, and @p cycles must not lie
 * between the first and the last of them. */
struct fan_bounds fan_bounds(const struct fan *fan, uint64_t cycles);

/** The time that fan_bounds counts from. */
int64_t fan_base(const struct fan *fan);

#endif
