#include "trace/convert/clock.h"

#define NS_PER_SECOND 1000000000ll
#define SPREAD_NS 1000 /* of a SYNC record's two cycles, at most */
/* A piece of line this many ticks of mtime long has a slope right to 1%; a shorter one is taken only if the clock has
 * left the line by more than two ticks, as after a wfi in which mcycle stood still. */
#define PIECE_TICKS 100
#define STRAY_TICKS 2
/* Slopes are kept within what 64 bits can hold: from 2^-32 to 2^30 ns per cycle. */
#define SLOPE_MOST (1ll << 62)

static int64_t to_ns(const struct clock *clock, uint64_t ticks)
{
	__int128 ns = (__int128)ticks * NS_PER_SECOND / (__int128)clock->timebase_hz;
	return ns < CLOCK_NS_MOST ? (int64_t)ns : CLOCK_NS_MOST;
}

void clock_open(struct clock *clock, uint64_t timebase_hz)
{
	*clock = (struct clock){ .timebase_hz = timebase_hz, .slope = 1ll << 32 };
}

static bool too_wide(const struct clock *clock, uint64_t spread)
{
	return clock->points > 1 && (__int128)spread * clock->slope >> 32 > SPREAD_NS;
}

static bool worth_a_piece(const struct clock *clock, uint64_t cycles, int64_t ns)
{
	int64_t tick = NS_PER_SECOND / (int64_t)clock->timebase_hz;
	if (cycles <= clock->next_cycles || ns <= clock->next_ns)
		return false;
	if (ns - clock->next_ns >= PIECE_TICKS * tick)
		return true;
	if (clock->points < 2)
		return false;
	__int128 distance = (__int128)(cycles - clock->next_cycles);
	__int128 expected = clock->next_ns + (distance * clock->slope >> 32);
	__int128 stray = (__int128)ns - expected;
	return (stray < 0 ? -stray : stray) > STRAY_TICKS * tick + STRAY_TICKS;
}

static int64_t slope_between(const struct clock *clock, uint64_t cycles, int64_t ns)
{
	__int128 slope = ((__int128)(ns - clock->next_ns) << 32) / (__int128)(cycles - clock->next_cycles);
	return slope > SLOPE_MOST ? SLOPE_MOST : (int64_t)slope;
}

bool clock_sync(struct clock *clock, uint64_t cycles, uint64_t mtime, uint64_t cycles_again)
{
	uint64_t spread = cycles_again - cycles;
	if (!clock->timebase_hz || cycles_again < cycles || too_wide(clock, spread))
		return false;

	uint64_t middle = cycles + spread / 2;
	int64_t ns = to_ns(clock, mtime);
	if (!clock->points) {
		clock->cycles = clock->next_cycles = middle;
		clock->ns = clock->next_ns = ns;
		clock->points = 1;
		return false;
	}
	if (!worth_a_piece(clock, middle, ns))
		return false;

	clock->slope = slope_between(clock, middle, ns);
	clock->cycles = clock->next_cycles;
	clock->ns = clock->next_ns;
	clock->next_cycles = middle;
	clock->next_ns = ns;
	clock->points++;
	return true;
}

void clock_advance(struct clock *clock)
{
	clock->cycles = clock->next_cycles;
	clock->ns = clock->next_ns;
}

void clock_borrow(struct clock *clock, const struct clock *other)
{
	if (clock->points < 2 && other->points > 1)
		clock->slope = other->slope;
}
