/* Each reading gives two points: a lower point (`least` at `after`) and an upper point (`most` at `before`). A line
 * must reach the lower point or pass above it, and must stay below the upper point. The steepest possible line touches
 * a lower point and, further right, an upper point. The flattest possible line touches an upper point and, further
 * right, a lower point. A new reading can turn these two lines. They then touch other corners of the hulls of the lower
 * points and of the upper points, so the fan keeps both hulls. This is O'Rourke's algorithm for fitting a line between
 * data ranges. All comparisons are exact. */
#include "trace/convert/fan.h"

#include <string.h>

/* All readings must be less than this many cycles after the origin, so that products of distances fit into 128 bits. */
#define FAR (1ull << 61)

/** Compares a point with the line from @p a to @p b. @return 1 if the point lies above the line, 0 if it lies on the
 * line, -1 if it lies below the line */
static int side(const struct fan_point *a, const struct fan_point *b, const struct fan_point *point)
{
	__int128 above = (__int128)(b->cycles - a->cycles) * (point->ns - a->ns);
	__int128 below = (__int128)(b->ns - a->ns) * (point->cycles - a->cycles);

	return (above > below) - (above < below);
}

/** Makes room for one more corner. Drops the corners before `first`, which are no longer needed. If there are no such
 * corners, drops every other corner. */
static void make_room(struct fan_hull *hull)
{
	unsigned count = hull->end - hull->first;

	if (hull->end < FAN_CORNERS)
		return;
	memmove(hull->corner, hull->corner + hull->first, count * sizeof(hull->corner[0]));
	hull->first = 0;
	hull->end = count;
	if (count < FAN_CORNERS)
		return;
	for (unsigned i = 0; 2 * i < count; i++)
		hull->corner[i] = hull->corner[2 * i];
	hull->end = (count + 1) / 2;
}

/** Adds a point to a hull. The point must lie to the right of all corners.
 * @param bend 1 for the hull above the points, -1 for the hull below the points */
static void add_corner(struct fan_hull *hull, const struct fan_point *point, int bend)
{
	while (hull->end - hull->first > 1 &&
	       bend * side(&hull->corner[hull->end - 2], &hull->corner[hull->end - 1], point) >= 0)
		hull->end--;
	make_room(hull);
	hull->corner[hull->end++] = *point;
}

/** Turns a line so that it passes through @p point and touches the hull. The line will never touch the earlier corners
 * of the hull again, so they are dropped. */
static void turn(struct fan_point line[2], struct fan_hull *hull, const struct fan_point *point, int bend)
{
	while (hull->end - hull->first > 1 &&
	       bend * side(&hull->corner[hull->first], &hull->corner[hull->first + 1], point) <= 0)
		hull->first++;
	line[0] = hull->corner[hull->first];
	line[1] = *point;
}

static void begin(struct fan *fan, const struct fan_point *least, const struct fan_point *most)
{
	fan->least.corner[0] = *least;
	fan->most.corner[0] = *most;
	fan->least.first = fan->most.first = 0;
	fan->least.end = fan->most.end = 1;
}

/** Returns whether at least one line agrees with these two points and with all earlier readings. */
static bool agrees(const struct fan *fan, const struct fan_point *least, const struct fan_point *most)
{
	if (fan->readings == 1)
		return most->ns > fan->least.corner[0].ns; /* time goes forward */
	return side(&fan->steepest[0], &fan->steepest[1], least) <= 0 &&
	       side(&fan->flattest[0], &fan->flattest[1], most) >= 0;
}

enum fan_verdict fan_add(struct fan *fan, const struct fan_reading *reading, int64_t slack)
{
	if (!fan->readings)
		fan->origin = reading->before;
	struct fan_point least = { (int64_t)(reading->after - fan->origin), reading->least - slack };
	struct fan_point most = { (int64_t)(reading->before - fan->origin), reading->most + slack };

	if (reading->after - fan->origin >= FAR || (fan->readings && reading->before <= fan->last))
		return FAN_USELESS;
	if (!fan->readings) {
		begin(fan, &least, &most);
	} else if (!agrees(fan, &least, &most)) {
		return FAN_CONTRADICTS;
	} else {
		bool second = fan->readings == 1;

		if (second || side(&fan->steepest[0], &fan->steepest[1], &most) < 0)
			turn(fan->steepest, &fan->least, &most, 1);
		if (second || side(&fan->flattest[0], &fan->flattest[1], &least) > 0)
			turn(fan->flattest, &fan->most, &least, -1);
		add_corner(&fan->least, &least, 1);
		add_corner(&fan->most, &most, -1);
	}
	fan->last = reading->after;
	fan->readings++;
	return FAN_AGREES;
}

static double slope_of(const struct fan_point line[2])
{
	return (double)(line[1].ns - line[0].ns) / (double)(line[1].cycles - line[0].cycles);
}

static double value_of(const struct fan *fan, const struct fan_point line[2], uint64_t cycles)
{
	double distance = (double)((int64_t)(cycles - fan->origin) - line[0].cycles);

	return (double)(line[0].ns - fan_base(fan)) + slope_of(line) * distance;
}

int64_t fan_base(const struct fan *fan)
{
	return fan->steepest[0].ns;
}

struct fan_bounds fan_bounds(const struct fan *fan, uint64_t cycles)
{
	double steepest = value_of(fan, fan->steepest, cycles), flattest = value_of(fan, fan->flattest, cycles);
	struct fan_bounds bounds = { .slope = { slope_of(fan->flattest), slope_of(fan->steepest) } };

	bounds.ns[0] = steepest < flattest ? steepest : flattest;
	bounds.ns[1] = steepest < flattest ? flattest : steepest;
	return bounds;
}
