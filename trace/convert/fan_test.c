/* The tests compare the bounds of a fan with the true time, and with bounds that they compute in a slow but simple way
 * from all pairs of readings. */
#include "trace/convert/fan.h"

#include <criterion/criterion.h>
#include <math.h>

#define MOST 400

static uint64_t state = 88172645463325252ull;

static uint64_t random_below(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/** Makes a reading at the time @p ns. A tick of mtime is 100 ns long, and mcycle counts 2.5 cycles per nanosecond.
 * mcycle is read at random times up to @p wide ns before and after mtime. */
static struct fan_reading read_at(uint64_t ns, uint64_t wide)
{
	uint64_t early = random_below(wide), late = random_below(wide);
	int64_t tick = (int64_t)(ns / 100 * 100);

	return (struct fan_reading){ (ns - early) * 5 / 2, (ns + late) * 5 / 2, tick, tick + 100 };
}

/** Computes a bound of the slope from all pairs of readings.
 * @param greatest true for the maximum slope that all pairs allow, false for the minimum slope */
static double slope_of_pairs(const struct fan_reading *reading, unsigned count, bool greatest)
{
	double slope = greatest ? INFINITY : -INFINITY;

	for (unsigned i = 0; i < count; i++)
		for (unsigned j = i + 1; j < count; j++) {
			double most = (double)(reading[j].most - reading[i].least) /
				      (double)(reading[j].before - reading[i].after);
			double least = (double)(reading[j].least - reading[i].most) /
				       (double)(reading[j].after - reading[i].before);

			slope = greatest ? fmin(slope, most) : fmax(slope, least);
		}
	return slope;
}

Test(fan, the_slope_bounds_are_those_that_every_pair_of_readings_allows)
{
	for (unsigned round = 0; round < 30; round++) {
		static struct fan_reading reading[MOST];
		struct fan fan = { 0 };
		uint64_t ns = 1000000;

		for (unsigned i = 0; i < MOST; i++) {
			ns += 2000 + random_below(round % 2 ? 100000 : 100000000);
			reading[i] = read_at(ns, 900);
			cr_assert_eq(fan_add(&fan, &reading[i], 0), FAN_AGREES);
			if (i < 1 || i % 37)
				continue;
			struct fan_bounds bounds = fan_bounds(&fan, reading[i].after);

			cr_expect_float_eq(bounds.slope[1], slope_of_pairs(reading, i + 1, true), 1e-15);
			cr_expect_float_eq(bounds.slope[0], slope_of_pairs(reading, i + 1, false), 1e-15);
		}
	}
}

Test(fan, the_true_time_lies_within_the_bounds_before_and_after_the_readings)
{
	for (unsigned round = 0; round < 200; round++) {
		struct fan fan = { 0 };
		uint64_t first = 1000000000 + random_below(1000000), ns = first;

		for (unsigned i = 0; i < 2 + round; i++, ns += 2000 + random_below(1000000)) {
			struct fan_reading reading = read_at(ns, 900);

			cr_assert_eq(fan_add(&fan, &reading, 0), FAN_AGREES);
		}
		for (unsigned i = 0; i < 20; i++) {
			uint64_t time = i % 2 ? ns + random_below(1000000000) : first - 1000 - random_below(900000000);
			struct fan_bounds bounds = fan_bounds(&fan, time * 5 / 2);
			double right = (double)((int64_t)time - fan_base(&fan));

			cr_expect_leq(bounds.ns[0], right + 0.5);
			cr_expect_geq(bounds.ns[1], right - 0.5);
		}
	}
}

Test(fan, a_reading_that_no_line_agrees_with_is_refused_and_changes_nothing)
{
	struct fan fan = { 0 };

	for (uint64_t ns = 1000000; ns < 9000000; ns += 1000000)
		cr_assert_eq(fan_add(&fan, &(struct fan_reading){ ns, ns, (int64_t)ns, (int64_t)ns + 100 }, 0),
			     FAN_AGREES);
	struct fan_bounds before = fan_bounds(&fan, 20000000), after;
	struct fan_reading late = { 9000000, 9000000, 9000300, 9000400 };

	cr_expect_eq(fan_add(&fan, &late, 0), FAN_CONTRADICTS);
	cr_expect_eq(fan_add(&fan, &(struct fan_reading){ 8000000, 9000000, 9000000, 9000100 }, 0), FAN_USELESS);
	after = fan_bounds(&fan, 20000000);
	cr_expect_arr_eq(&before, &after, sizeof(before));
	cr_expect_eq(fan_add(&fan, &late, 400), FAN_AGREES, "400 ns of slack are enough");
}

Test(fan, a_hull_with_too_many_corners_still_contains_the_true_line)
{
	/* The readings lie along a curve, so that each point is a corner of a hull. The true line is a chord below this
	 * curve. */
	struct fan fan = { 0 };

	for (int64_t i = 0; i < 2000; i++) {
		int64_t most = 1000 * i + i * (2000 - i) + 10, least = 1000 * i - 10;
		struct fan_reading reading = { (uint64_t)(1000 * i), (uint64_t)(1000 * i), least, most };

		cr_assert_eq(fan_add(&fan, &reading, 0), FAN_AGREES);
	}
	struct fan_bounds bounds = fan_bounds(&fan, 2000000);
	double right = (double)(2000000 - fan_base(&fan));

	cr_expect_leq(bounds.ns[0], right);
	cr_expect_geq(bounds.ns[1], right);
	cr_expect_leq(bounds.ns[1] - bounds.ns[0], 5000);
}
