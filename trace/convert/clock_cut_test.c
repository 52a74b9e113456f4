/* Cuts a recording before each of its SYNC records. The clock then computes a time for the first missing SYNC record.
 * The tests compare the error of this time with the uncertainty that the clock reports. The recordings here come from
 * models of clocks; trace/testing/cuts.h does the same with recorded boots of Linux. */
#include "trace/convert/clock.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define TIMEBASE 10000000
#define TICK_NS 100
#define SYNCS 400
#define BEGIN_NS 5e9

/** A model of a clock. Returns how many cycles the hart has counted @p ns after BEGIN_NS. */
typedef double model(double ns);

struct sync {
	uint64_t before, mtime, after;
	double ns; /* the true time at which the second mcycle was read */
};

static struct sync syncs[SYNCS];
static uint64_t state;

static double random_ns(double below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (double)(state >> 11) / (double)(1ull << 53) * below;
}

/** Makes a SYNC record whose first mcycle is read at @p ns. mtime is read up to @p wide ns later, and the second mcycle
 * up to @p wide ns after mtime. */
static struct sync make_sync(model *cycles, double ns, double wide)
{
	const double origin = 7e13;
	double read = ns + random_ns(wide), after = read + random_ns(wide);

	return (struct sync){ .before = (uint64_t)(origin + cycles(ns - BEGIN_NS)),
			      .mtime = (uint64_t)(read / TICK_NS),
			      .after = (uint64_t)(origin + cycles(after - BEGIN_NS)),
			      .ns = after };
}

/** Makes SYNC records at random times. The distance of two neighbours is at most about @p apart ns, and every third
 * distance is only 10 us. */
static void make_syncs(model *cycles, double apart, uint64_t seed)
{
	double ns = BEGIN_NS;

	state = seed * 0x9e3779b97f4a7c15ull;
	for (unsigned i = 0; i < SYNCS; i++) {
		syncs[i] = make_sync(cycles, ns, 400);
		ns = syncs[i].ns + (i % 3 == 2 ? 10000 : 20000 + random_ns(apart));
		/* While a clock stands still, the hart sleeps and writes no SYNC. */
		while (cycles(ns + 2000 - BEGIN_NS) == cycles(ns - 2000 - BEGIN_NS))
			ns += 2000;
	}
}

static void sync_clock(struct clock *clock, const struct sync *sync)
{
	if (clock_sync(clock, sync->before, sync->mtime, sync->after))
		clock_advance(clock);
}

struct cuts {
	double farthest, highest; /* the maximum error and the maximum known uncertainty of all cuts, in ns */
	unsigned known;           /* number of cuts at which the uncertainty is known */
	unsigned wrong;           /* number of cuts at which the error is greater than the uncertainty */
	unsigned above_us;        /* number of cuts at which the uncertainty is above 2 us */
};

static void cut(struct cuts *cuts, const struct clock *clock, const struct sync *sync)
{
	double error = fabs((double)clock_ns(clock, sync->after) - sync->ns);
	int64_t uncertainty = clock_uncertainty(clock, sync->after);

	if (error > cuts->farthest)
		cuts->farthest = error;
	if (uncertainty == INT64_MAX)
		return;
	cuts->known++;
	cuts->wrong += error > (double)uncertainty;
	cuts->above_us += uncertainty > 2000;
	if ((double)uncertainty > cuts->highest)
		cuts->highest = (double)uncertainty;
}

/** Cuts the end of the recording: for each SYNC record from number @p first on, tests a recording that ends before this
 * SYNC record. */
static struct cuts cut_everywhere(unsigned first)
{
	struct cuts cuts = { 0 };
	struct clock clock;

	clock_open(&clock, TIMEBASE);
	for (unsigned i = 0; i < SYNCS; i++) {
		if (i >= first)
			cut(&cuts, &clock, &syncs[i]);
		sync_clock(&clock, &syncs[i]);
	}
	return cuts;
}

/** Cuts the start of the recording: tests recordings that begin after the first SYNC record, after the second one, and
 * so on. In each of them, the first SYNC record that is left has a number below @p last. */
static struct cuts cut_starts(unsigned last)
{
	struct cuts cuts = { 0 };

	for (unsigned i = 0; i + 1 < last; i++) {
		struct clock clock;
		uint64_t distance = syncs[i + 1].before - syncs[i].after;
		bool enough = false;

		clock_open(&clock, TIMEBASE);
		for (unsigned next = i + 1; next < SYNCS && !enough; next++)
			enough = clock_look_ahead(&clock, syncs[next].before, syncs[next].mtime, syncs[next].after,
						  distance);
		clock_settle(&clock);
		cut(&cuts, &clock, &syncs[i]);
	}
	return cuts;
}

static double even(double ns)
{
	return 2.6 * ns;
}

Test(cut, the_next_sync_of_a_steady_clock_is_predicted_to_a_microsecond)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		make_syncs(even, 1e8, seed);

		/* 60 SYNC records are at least a second of recording. */
		struct cuts ends = cut_everywhere(60), starts = cut_starts(SYNCS - 60);

		cr_expect_eq(ends.known, SYNCS - 60);
		cr_expect_eq(ends.wrong, 0);
		cr_expect_eq(ends.above_us, 0, "%.0f ns", ends.highest);
		cr_expect_leq(ends.farthest, 1000);
		cr_expect_eq(starts.known, SYNCS - 61);
		cr_expect_eq(starts.wrong, 0);
		cr_expect_eq(starts.above_us, 0, "%.0f ns", starts.highest);
		cr_expect_leq(starts.farthest, 1000);
	}
}

Test(cut, the_error_is_within_the_reported_uncertainty_in_a_short_recording)
{
	for (uint64_t seed = 1; seed <= 50; seed++) {
		make_syncs(even, seed % 2 ? 1e8 : 1e10, seed);
		cr_expect_eq(cut_everywhere(1).wrong, 0);
		cr_expect_eq(cut_starts(SYNCS).wrong, 0);
	}
}

static double drifting(double ns)
{
	return 2.6 * (ns + 0.5e-6 * ns * ns / 1e9); /* the rate grows by 1 ppm each second */
}

static double wandering(double ns)
{
	return 2.6 * (ns + 20000 * sin(ns / 2e10)); /* the rate changes by up to 1 ppm */
}

Test(cut, the_error_of_a_drifting_clock_is_within_the_reported_uncertainty)
{
	model *const models[] = { drifting, wandering };

	for (unsigned i = 0; i < 2; i++)
		for (uint64_t seed = 1; seed <= 20; seed++) {
			make_syncs(models[i], 1e8, seed);

			struct cuts ends = cut_everywhere(60), starts = cut_starts(SYNCS - 60);

			cr_expect_eq(ends.known, SYNCS - 60);
			cr_expect_eq(ends.wrong, 0, "%u of model %u", ends.wrong, i);
			cr_expect_leq(ends.farthest, 1000, "%.0f ns", ends.farthest);
			cr_expect_leq(ends.above_us, ends.known / 50, "%u of model %u", ends.above_us, i);
			cr_expect_eq(starts.wrong, 0, "%u of model %u", starts.wrong, i);
			cr_expect_leq(starts.farthest, 1000, "%.0f ns", starts.farthest);
		}
}

static double frequency(double ns)
{
	return ns < 10e9 ? 2.6 * ns : ns < 12e9 ? 26e9 + 1.3 * (ns - 10e9) : 28.6e9 + 2.6 * (ns - 12e9);
}

static double stops(double ns)
{
	double round = 0.7e9 * floor(ns / 0.7e9), part = ns - round; /* 0.5 s awake, 0.2 s asleep */

	return 2.6 * (round * 5 / 7 + fmin(part, 0.5e9));
}

/** Tests a clock that leaves its line for the first time at @p ns. Expects that no error is greater than the reported
 * uncertainty, and that the clock reports an unknown uncertainty from @p ns on. */
static void expect_honest(model *cycles, double ns)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct cuts cuts = { 0 };
		struct clock clock;
		bool left = false;

		make_syncs(cycles, 1e8, seed);
		clock_open(&clock, TIMEBASE);
		for (unsigned i = 0; i < SYNCS; i++) {
			/* No error is counted when the clock leaves its line, because nothing announces this change. */
			bool leaves = syncs[i].ns > BEGIN_NS + ns && !left;

			if (i && !leaves)
				cut(&cuts, &clock, &syncs[i]);
			if (leaves)
				left = true;
			sync_clock(&clock, &syncs[i]);
			if (left)
				cr_assert_eq(clock_uncertainty(&clock, syncs[i].after + 1000000), INT64_MAX,
					     "a clock that has left its line may do so again");
		}
		cr_expect_eq(cuts.wrong, 0, "%u times", cuts.wrong);
		cr_expect_gt(cuts.known, 0);
	}
}

Test(cut, the_uncertainty_after_the_last_sync_is_unknown_once_the_frequency_has_changed)
{
	expect_honest(frequency, 10e9);
}

Test(cut, the_uncertainty_after_the_last_sync_is_unknown_once_the_clock_has_stood_still)
{
	expect_honest(stops, 0.5e9);
}

Test(cut, the_error_between_two_syncs_is_within_the_reported_uncertainty_for_every_clock)
{
	model *const models[] = { even, drifting, wandering, frequency, stops };

	for (unsigned i = 0; i < 5; i++) {
		struct clock clock;
		double from = 0;

		make_syncs(models[i], 1e8, i + 1);
		clock_open(&clock, TIMEBASE);
		clock_sync(&clock, syncs[0].before, syncs[0].mtime, syncs[0].after);
		from = syncs[0].ns;
		for (unsigned sync = 1; sync < SYNCS; sync++) {
			if (!clock_sync(&clock, syncs[sync].before, syncs[sync].mtime, syncs[sync].after))
				continue;
			for (double ns = from; ns < syncs[sync].ns; ns += (syncs[sync].ns - from) / 10 + 1) {
				uint64_t cycles = (uint64_t)(7e13 + models[i](ns - BEGIN_NS));
				double error = fabs((double)clock_ns(&clock, cycles) - ns);

				cr_assert_leq(error, (double)clock_uncertainty(&clock, cycles), "model %u at %.0f", i,
					      ns);
			}
			from = syncs[sync].ns;
			clock_advance(&clock);
		}
	}
}

Test(cut, the_next_sync_is_predicted_again_after_a_change_of_frequency)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct clock clock;

		make_syncs(frequency, 1e8, seed);
		clock_open(&clock, TIMEBASE);
		for (unsigned i = 0; i < SYNCS; i++) {
			double ns = syncs[i].ns - BEGIN_NS;

			if ((ns > 11e9 && ns < 12e9) || ns > 13e9)
				cr_assert_leq(fabs((double)clock_ns(&clock, syncs[i].after) - syncs[i].ns), 1000);
			sync_clock(&clock, &syncs[i]);
		}
	}
}

Test(cut, the_uncertainty_is_unknown_with_a_single_sync)
{
	struct clock clock;

	make_syncs(even, 1e8, 1);
	clock_open(&clock, TIMEBASE);
	clock_sync(&clock, syncs[0].before, syncs[0].mtime, syncs[0].after);
	cr_expect_eq(clock_uncertainty(&clock, syncs[0].after + 1000), INT64_MAX);
	cr_expect_leq(llabs(clock_ns(&clock, syncs[0].after) - (int64_t)syncs[0].ns), 1000);
}

Test(cut, a_rate_borrowed_from_another_hart_improves_times_but_not_the_uncertainty)
{
	struct clock known, clock;

	make_syncs(even, 1e8, 1);
	clock_open(&known, TIMEBASE);
	for (unsigned i = 0; i < SYNCS; i++)
		sync_clock(&known, &syncs[i]);
	clock_open(&clock, TIMEBASE);
	sync_clock(&clock, &syncs[0]);
	sync_clock(&clock, &syncs[3]);

	int64_t uncertainty = clock_uncertainty(&clock, syncs[SYNCS - 1].after);

	clock_borrow(&clock, &known);
	cr_expect_geq(clock_uncertainty(&clock, syncs[SYNCS - 1].after), uncertainty);
	cr_expect_leq(fabs((double)clock_ns(&clock, syncs[SYNCS - 1].after) - syncs[SYNCS - 1].ns), 1000);
}
