/* Each reading gives two points. A line must reach the lower one, `least` at `after`, and stay below the upper one,
 * `most` at `before`. The steepest such line rests on a lower point and, further right, on an upper point; the flattest
 * one rests on an upper and then on a lower point. Each new reading can only turn these two lines, until they rest on
 * another corner of the hull of the points; so the hulls are kept, too. This is O'Rourke's algorithm for fitting a line
 * between data ranges. All comparisons are exact. */
#include "trace/convert/fan.h"

#include <string.h>

/* All readings are less than this many cycles after the origin, so that products of distances fit into 128 bits. */
#define FAR (1ull << 61)

/** Whether a point lies above the line from @p a to @p b (1), on it (0), or below it (-1). */
static int side(const struct fan_point *a, const struct fan_point *b, const struct fan_point *point)
{
	__int128 above = (__int128)(b->cycles - a->cycles) * (point->ns - a->ns);
	__int128 below = (__int128)(b->ns - a->ns) * (point->cycles - a->cycles);

	return (above > below) - (above < below);
}

/** Makes room for a corner. Corners before `first` are no longer needed; if there are none, every
 * other corner is dropped. */
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

/** Adds a point to the right of the others to a hull that is bent upwards (@p bend 1) or downwards (-1). */
static void add_corner(struct fan_hull *hull, const struct fan_point *point, int bend)
{
	while (hull->end - hull->first > 1 &&
	       bend * side(&hull->corner[hull->end - 2], &hull->corner[hull->end - 1], point) >= 0)
		hull->end--;
	make_room(hull);
	hull->corner[hull->end++] = *point;
}

/** Turns a line so that it passes through @p point and rests on the hull. It will never rest on
 * an earlier corner again. */
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

/** Whether some line agrees with these points and with all earlier readings. */
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
