/* A fan is the set of all straight lines that agree with a series of readings of two clocks. From a value of the first
 * clock, the fan computes the earliest and the latest possible time of the second clock.
 * Used only by clock.c. Knows nothing of records. If no line agrees with the readings, clock.c decides what to do. */
#ifndef TRACE_CONVERT_FAN_H
#define TRACE_CONVERT_FAN_H

#include <stdbool.h>
#include <stdint.h>

/** One reading of both clocks. mtime was read at an unknown moment between two readings of mcycle, and mtime only
 * counts whole ticks. So only this is certain: the time was less than `most` when mcycle was `before`, and the time was
 * at least `least` when mcycle was `after`. */
struct fan_reading {
	uint64_t before, after; /* cycles; before <= after */
	int64_t least, most;    /* ns; least < most */
};

/** A hull has at most this many corners. If it would have more, some corners are dropped. The bounds are then wider
 * than necessary, but never too narrow. */
#define FAN_CORNERS 32

struct fan_point {
	int64_t cycles, ns; /* `cycles` counts from the fan's origin */
};

struct fan_hull {
	struct fan_point corner[FAN_CORNERS];
	unsigned first, end;
};

struct fan {
	uint64_t origin; /* `before` of the first reading */
	uint64_t last;   /* `after` of the newest reading */
	unsigned readings;
	/* A line must reach all points of the hull `least`, and stay below all points of the hull `most`. */
	struct fan_hull least, most;
	/* The lines with the greatest and with the smallest slope. Two points describe each line. The points are valid
	 * as soon as the fan has 2 readings. */
	struct fan_point steepest[2], flattest[2];
};

enum fan_verdict {
	FAN_AGREES,
	FAN_CONTRADICTS, /* no straight line agrees with this reading and with all earlier ones */
	FAN_USELESS      /* the reading overlaps with the previous reading, or is too far from the first reading */
};

/** Adds a reading. It must be later than all readings in the fan. The fan changes only if the result is FAN_AGREES.
 * @param slack a line may be this many ns outside of the reading's bounds */
enum fan_verdict fan_add(struct fan *fan, const struct fan_reading *reading, int64_t slack);

struct fan_bounds {
	double ns[2];    /* earliest and latest time in ns, counted from fan_base() */
	double slope[2]; /* smallest and greatest slope, ns per cycle */
};

/** Returns the bounds of the time at @p cycles, and the bounds of the slope. The fan must have at least 2 readings, and
 * @p cycles must not lie between the first reading and the last reading. */
struct fan_bounds fan_bounds(const struct fan *fan, uint64_t cycles);

/** Returns the time in ns that fan_bounds counts from. */
int64_t fan_base(const struct fan *fan);

#endif
