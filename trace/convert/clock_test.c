/* Each test checks one property of the clock with a few SYNC records. clock_cut_test.c tests how precise the times
 * are. */
#include "trace/convert/clock.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>

#define TIMEBASE 10000000 /* a tick of mtime is 100 ns */

#define TICK_NS 100

/** A time between two SYNC records may be off by this many ns: half a tick of mtime, plus the time that it takes to
 * read mtime. */
#define RIGHT_NS 60

static void expect_near(const struct clock *clock, uint64_t cycles, int64_t ns, int64_t tolerance)
{
	int64_t got = clock_ns(clock, cycles);

	cr_expect_leq(llabs(got - ns), tolerance, "%" PRId64 " ns instead of %" PRId64, got, ns);
}

Test(clock, times_between_two_syncs_lie_on_the_line_between_them)
{
	struct clock clock;
	clock_open(&clock, TIMEBASE);
	cr_expect_not(clock_sync(&clock, 1000000, 0, 1000000));
	cr_expect(clock_sync(&clock, 4000000, 10000, 4000000)); /* 3 GHz */
	expect_near(&clock, 1000000, 50, RIGHT_NS);
	expect_near(&clock, 2500000, 500050, RIGHT_NS);
	expect_near(&clock, 3999997, 1000050, RIGHT_NS);
	cr_expect_leq(clock_uncertainty(&clock, 2500000), 2 * TICK_NS);
}

Test(clock, a_change_of_frequency_bends_the_line_without_a_step)
{
	struct clock clock;
	clock_open(&clock, TIMEBASE);
	clock_sync(&clock, 0, 0, 0);
	clock_sync(&clock, 1000000, 10000, 1000000); /* 1 GHz */
	int64_t before = clock_ns(&clock, 1000000);
	clock_advance(&clock);
	cr_expect(clock_sync(&clock, 1500000, 20000, 1500000)); /* 0.5 GHz */
	cr_expect_eq(clock_ns(&clock, 1000000), before);
	expect_near(&clock, 1250000, 1500050, RIGHT_NS);
	cr_expect_geq(clock_uncertainty(&clock, 1250000), 250000, "the change may have been anywhere on this piece");
}

Test(clock, a_stop_between_the_first_two_syncs_is_in_the_uncertainty_if_the_next_sync_shows_it)
{
	struct clock clock;
	clock_open(&clock, TIMEBASE);
	clock_sync(&clock, 0, 0, 0);
	clock_foresee(&clock, 2000000, 30000, 2000000);
	cr_expect(clock_sync(&clock, 1000000, 20000, 1000000)); /* 1 GHz, and a stop for 1 ms */
	cr_expect_geq(clock_uncertainty(&clock, 900000), 1000000);
	clock_advance(&clock);
	cr_expect(clock_sync(&clock, 2000000, 30000, 2000000));
	clock_advance(&clock);
	clock_foresee(&clock, 4000000, 50000, 4000000);
	cr_expect(clock_sync(&clock, 3000000, 40000, 3000000));
	cr_expect_leq(clock_uncertainty(&clock, 2900000), 5 * TICK_NS, "the next SYNC record confirms this rate");
}

Test(clock, a_stop_soon_after_the_clock_became_faster_is_in_the_uncertainty)
{
	struct clock clock;
	clock_open(&clock, TIMEBASE);
	clock_sync(&clock, 0, 0, 0);
	for (uint64_t ms = 1; ms <= 3; ms++) {
		clock_sync(&clock, ms * 1000000, ms * 10000, ms * 1000000); /* 1 GHz */
		clock_advance(&clock);
	}
	clock_sync(&clock, 5000000, 40000, 5000000); /* 2 GHz */
	clock_advance(&clock);
	clock_foresee(&clock, 9000000, 69000, 9000000);
	cr_expect(clock_sync(&clock, 7000000, 59000, 7000000)); /* 2 GHz, and a stop for 0.9 ms */
	cr_expect_geq(clock_uncertainty(&clock, 6900000), 900000);
}

Test(clock, a_short_time_awake_between_two_stops_is_uncertain_by_its_whole_length_at_most)
{
	struct clock clock;
	clock_open(&clock, TIMEBASE);
	clock_sync(&clock, 0, 0, 0);
	clock_foresee(&clock, 1000200, 100000, 1000200); /* a stop for 9 ms */
	cr_expect(clock_sync(&clock, 1000000, 10000, 1000000));
	cr_expect_geq(clock_uncertainty(&clock, 500000), 1000000);
	cr_expect_leq(clock_uncertainty(&clock, 500000), 1000000 + 2 * TICK_NS);
}

Test(clock, a_sync_that_took_long_to_read_does_not_spoil_the_times_from_other_syncs)
{
	struct clock clock;
	clock_open(&clock, TIMEBASE);
	clock_sync(&clock, 0, 0, 0);
	clock_sync(&clock, 1000000, 10000, 1000000);
	clock_advance(&clock);
	clock_sync(&clock, 2000000, 20000, 2100000); /* 100 us */
	clock_advance(&clock);
	expect_near(&clock, 2100000, 2100050, 4 * RIGHT_NS);
	clock_sync(&clock, 3000000, 30000, 3000000);
	expect_near(&clock, 2100000, 2100050, 4 * RIGHT_NS);
	clock_advance(&clock);
	expect_near(&clock, 3500000, 3500050, 4 * RIGHT_NS);
}

Test(clock, a_sync_soon_after_another_is_used_only_if_the_clock_has_left_its_line)
{
	struct clock clock;
	clock_open(&clock, TIMEBASE);
	clock_sync(&clock, 0, 0, 0);
	clock_sync(&clock, 1000000, 10000, 1000000);
	clock_advance(&clock);
	cr_expect_not(clock_sync(&clock, 1001000, 10010, 1001000));
	cr_expect(clock_sync(&clock, 1002000, 10050, 1002000), "mcycle stood still for 3 us");
	expect_near(&clock, 1002000, 1005050, RIGHT_NS);
}

Test(clock, a_timestamp_of_48_bits_becomes_the_value_nearest_to_the_sync)
{
	struct clock clock;
	clock_open(&clock, TIMEBASE);
	uint64_t wrap = 5ull << TRACE_TIMESTAMP_BITS;
	clock_sync(&clock, wrap - 100, 0, wrap - 100);
	cr_expect_eq(clock_cycles(&clock, (wrap - 200) & TRACE_TIMESTAMP_MASK), wrap - 200);
	cr_expect_eq(clock_cycles(&clock, 50), wrap + 50);
	cr_expect_eq(clock_cycles(&clock, 50 | 0x0203ull << TRACE_TIMESTAMP_BITS), wrap + 50,
		     "the tag's id and aux fields are not part of the time");
}

Test(clock, a_cycle_is_a_nanosecond_if_the_frequency_of_mtime_is_not_known)
{
	struct clock clock;
	clock_open(&clock, 0);
	cr_expect_not(clock_sync(&clock, 1000000, 0, 1000000));
	cr_expect_not(clock_sync(&clock, 4000000, 10000, 4000000));
	cr_expect_eq(clock.points, 0);
	cr_expect_eq(clock_ns(&clock, 2500000), 2500000);
}

Test(clock, no_time_is_negative)
{
	struct clock clock;
	clock_open(&clock, TIMEBASE);
	clock_sync(&clock, 1000, 5, 1000);
	cr_expect_eq(clock_ns(&clock, 0), 0);
}

Test(clock, timestamps_stay_right_when_a_hart_sleeps_for_more_than_half_a_wrap)
{
	const uint64_t begin = 1ull << 40, slept = 3ull << (TRACE_TIMESTAMP_BITS - 2); /* 3/4 of a wrap */
	const uint64_t end = begin + slept;
	struct clock clock;
	clock_open(&clock, TIMEBASE);
	clock_sync(&clock, begin, 1000, begin);
	cr_expect_eq(clock_cycles(&clock, (begin - 5) & TRACE_TIMESTAMP_MASK), begin - 5);
	cr_expect(clock_sync(&clock, end, 1000 + slept / 300, end + 100));
	for (uint64_t time = end - 1000; time <= end + 100; time += 100)
		cr_expect_eq(clock_cycles(&clock, time & TRACE_TIMESTAMP_MASK), time);
	cr_expect_eq(clock_cycles(&clock, (begin - 5) & TRACE_TIMESTAMP_MASK), begin - 5);
	clock_advance(&clock);
	cr_expect_eq(clock_cycles(&clock, (end - 7) & TRACE_TIMESTAMP_MASK), end - 7);
}
