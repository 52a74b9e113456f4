/* A SYNC record is a reading of two clocks: hv reads mcycle, then mtime, then mcycle again. The fan (fan.h) is the set
 * of all straight lines that agree with the readings so far. The middle of the fan gives the hart's time, and half of
 * the fan's width is the uncertainty of this time.
 *
 * This works as long as mcycle runs at one rate. If no line agrees with a new reading, the rate has changed. If the
 * reading is close to the old lines, the rate drifts: the oldest readings are dropped until one line agrees with all
 * others again. If the reading is far from the old lines, mcycle stood still or changed its frequency: the newest
 * reading then starts a new line. */
#include "trace/convert/clock.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define NS_PER_SECOND 1000000000ll
/* The minimum length of a piece of line. It must be at least PIECE_TICKS ticks of mtime long, and at least
 * PIECE_UNCERTAINTIES times as long as the uncertainty at its end. The slope of such a piece is right to a few
 * percent. */
#define PIECE_TICKS 100
#define PIECE_UNCERTAINTIES 32
/* The slack: how far, in ns, a reading may be from the line. Without the slack, a rate that changes too little to be
 * noticed would make times look more precise than they are. SLACK_LEAST_NS is used until the clock drifts for the first
 * time, and SLACK_NS after that. */
#define SLACK_LEAST_NS 100
#define SLACK_NS 250
/* A clock that leaves its line by less than STRAY_NS plus STRAY_SHARE of the time since the previous reading is assumed
 * to drift. */
#define STRAY_NS 2000
#define STRAY_SHARE 1e-4
/* If the rate changes slowly and evenly, all readings can stay within the slack, so that the change is not noticed. The
 * time at the newest reading is then off by less than UNSEEN_HERE times the slack. The rate is off by less than UNSEEN
 * times the slack, divided by the time that the readings cover. */
#define UNSEEN_HERE 4
#define UNSEEN 8
#define DRIFT_AHEAD 4   /* a future change of the rate may be this many times the maximum change so far */
#define RATE_KNOWN 1e-3 /* a rate counts as known if its bounds differ by less than this share of the rate */
/* Looking ahead ends when the uncertainty of the first record's time is below START_NS, and the uncertainty of the rate
 * is below this share of the rate. */
#define START_NS 100
#define START_SHARE 2e-6

void clock_open(struct clock *clock, uint64_t timebase_hz)
{
	/* The members from `fan` on are large, and they are not used before the first reading. */
	memset(clock, 0, offsetof(struct clock, fan));
	clock->fan.readings = 0;
	clock->timebase_hz = timebase_hz;
	clock->slope = 1;
	clock->uncertainty = INFINITY;
	clock->slack = SLACK_LEAST_NS;
	clock->fastest = INFINITY;
}

static double middle(const double bounds[2])
{
	return (bounds[0] + bounds[1]) / 2;
}

static bool knows_rate(const struct clock *clock)
{
	return clock->rate[1] > 0;
}

/** Updates the bounds of the rate. The rate cannot be negative, because time does not go backwards. */
static void note_rate(struct clock *clock)
{
	struct fan_bounds bounds = fan_bounds(&clock->fan, clock->fan.last);

	clock->rate[0] = bounds.slope[0] > 0 ? bounds.slope[0] : 0;
	clock->rate[1] = bounds.slope[1];
	if (clock->rate[1] - clock->rate[0] < RATE_KNOWN * clock->rate[1])
		clock->fastest = fmin(clock->fastest, clock->rate[0]);
}

/* ---- readings ---- */

/** Makes a reading from the words of a SYNC record. @return false if the words contradict each other or the time is too
 * large */
static bool read_words(struct clock *clock, uint64_t cycles, uint64_t mtime, uint64_t cycles_again,
		       struct fan_reading *reading)
{
	if (!clock->timebase_hz || cycles_again < cycles)
		return false;
	__int128 least = (__int128)mtime * NS_PER_SECOND / (__int128)clock->timebase_hz;
	__int128 most = ((__int128)mtime + 1) * NS_PER_SECOND / (__int128)clock->timebase_hz + 1;

	if (most >= CLOCK_NS_MOST) {
		clock->too_far = true;
		return false;
	}
	*reading = (struct fan_reading){ cycles, cycles_again, (int64_t)least, (int64_t)most };
	return true;
}

/** Adds a reading to clock->reading. If the array is full, one of each two neighbours is dropped: the reading for which
 * hv needed more cycles. So old readings become sparse, but they still cover the whole line. */
static void remember(struct clock *clock, const struct fan_reading *reading)
{
	if (clock->readings == CLOCK_READINGS) {
		for (unsigned i = 0; i < CLOCK_READINGS / 2; i++) {
			const struct fan_reading *pair = &clock->reading[2 * i];
			bool second = pair[1].after - pair[1].before < pair[0].after - pair[0].before;

			clock->reading[i] = pair[second];
		}
		clock->readings = CLOCK_READINGS / 2;
	}
	clock->reading[clock->readings++] = *reading;
}

static void forget_oldest(struct clock *clock, unsigned count)
{
	clock->readings -= count;
	memmove(clock->reading, clock->reading + count, clock->readings * sizeof(clock->reading[0]));
}

/** Computes the fan again from all readings in clock->reading. @return whether a line agrees with all of them */
static bool rebuild(struct clock *clock)
{
	clock->fan.readings = 0;
	for (unsigned i = 0; i < clock->readings; i++)
		if (fan_add(&clock->fan, &clock->reading[i], clock->slack) == FAN_CONTRADICTS)
			return false;
	return true;
}

/** Returns how far, in ns, a reading is from the nearest line that agrees with the earlier readings. */
static double stray_of(const struct clock *clock, const struct fan_reading *reading)
{
	if (clock->fan.readings < 2)
		return INFINITY;
	double base = (double)fan_base(&clock->fan);
	double below = (double)reading->least - base - fan_bounds(&clock->fan, reading->after).ns[1];
	double above = fan_bounds(&clock->fan, reading->before).ns[0] - ((double)reading->most - base);

	return fmax(below, above);
}

/** Finds a new line. Called when the newest reading in clock->reading contradicts the earlier readings. */
static void relearn(struct clock *clock)
{
	const struct fan_reading *newest = &clock->reading[clock->readings - 1];
	double slope = middle(clock->rate), stray = stray_of(clock, newest);
	double passed = (double)(newest->after - clock->fan.last) * slope;

	if (stray > STRAY_NS + STRAY_SHARE * passed) {
		clock->broken = true;
		forget_oldest(clock, clock->readings - 1);
		(void)rebuild(clock);
		return;
	}
	if (clock->slack < SLACK_NS)
		clock->slack = SLACK_NS;
	else
		forget_oldest(clock, clock->readings / 2);
	while (!rebuild(clock))
		forget_oldest(clock, clock->readings / 2);
	if (clock->fan.readings > 1) {
		note_rate(clock);
		clock->drift = fmax(clock->drift, fabs(middle(clock->rate) - slope));
	}
}

static enum fan_verdict take(struct clock *clock, const struct fan_reading *reading)
{
	enum fan_verdict verdict = fan_add(&clock->fan, reading, clock->slack);

	if (verdict == FAN_USELESS)
		return verdict;
	remember(clock, reading);
	if (verdict == FAN_CONTRADICTS)
		relearn(clock);
	else if (clock->fan.readings > 1)
		note_rate(clock);
	return verdict;
}

/* ---- points ---- */

struct estimate {
	double ns; /* time in ns, relative to `least` of the newest reading */
	double uncertainty;
};

/** Estimates the time at `after` of the newest reading. The bounds that the fan gives are right only if the rate has
 * not changed. The bounds that the reading itself gives are wider, but they are always right. */
static struct estimate estimate(const struct clock *clock, const struct fan_reading *reading)
{
	double late = (double)(reading->most - reading->least) +
		      (double)(reading->after - reading->before) * (knows_rate(clock) ? clock->rate[1] : clock->slope);
	struct estimate estimate = { late / 2, late / 2 };

	if (clock->fan.readings < 2)
		return estimate;
	struct fan_bounds bounds = fan_bounds(&clock->fan, reading->after);
	double base = (double)(fan_base(&clock->fan) - reading->least);

	estimate.ns = base + middle(bounds.ns);
	estimate.uncertainty = (bounds.ns[1] - bounds.ns[0]) / 2;
	double bent =
		estimate.uncertainty + UNSEEN_HERE * (double)clock->slack + (double)(reading->most - reading->least);

	estimate.uncertainty = fmax(estimate.uncertainty, fmin(bent, fmax(estimate.ns, late - estimate.ns)));
	return estimate;
}

/** Sets how the uncertainty grows with the distance from the clock's point. There are two reasons for this growth: the
 * rate may have any value within its bounds, and it may change in the future as it has changed before. */
static void set_rate_uncertainty(struct clock *clock)
{
	double base = (double)clock->stretch;
	double below = clock->slope - clock->rate[0], above = clock->rate[1] - clock->slope;
	double drift = DRIFT_AHEAD * clock->drift;

	if (clock->broken || !knows_rate(clock)) {
		clock->uncertainty_distance = INFINITY;
		return;
	}
	clock->uncertainty_distance = fmax(below, above) + UNSEEN * (double)clock->slack / base + drift;
	clock->uncertainty_square = drift > 0 ? drift / base : 0;
}

static uint64_t stretch_of(const struct fan *fan)
{
	return fan->last - fan->origin + 1;
}

bool clock_look_ahead(struct clock *clock, uint64_t cycles, uint64_t mtime, uint64_t cycles_again, uint64_t distance)
{
	struct fan_reading reading;

	if (!read_words(clock, cycles, mtime, cycles_again, &reading))
		return false;
	if (!clock->readings)
		clock->reading[clock->readings++] = reading;
	enum fan_verdict verdict = fan_add(&clock->fan, &reading, clock->slack);
	if (verdict == FAN_CONTRADICTS) {
		clock->broken = stray_of(clock, &reading) > STRAY_NS;
		clock->drift = DRIFT_AHEAD * (clock->rate[1] - clock->rate[0]);
		return true;
	}
	if (clock->fan.readings < 2)
		return false;
	note_rate(clock);
	double width = (clock->rate[1] - clock->rate[0]) / 2;
	return width * (double)distance <= START_NS && width <= START_SHARE * clock->rate[1];
}

void clock_settle(struct clock *clock)
{
	const struct fan_reading first = clock->reading[0];

	if (!clock->readings)
		return;
	double spread = (double)(first.after - first.before), wide = (double)(first.most - first.least);

	clock->uncertainty = wide / 2;
	clock->ns = first.least + (int64_t)clock->uncertainty;
	clock->cycles = first.before + (first.after - first.before) / 2;
	if (clock->fan.readings > 1) {
		struct fan_bounds bounds = fan_bounds(&clock->fan, first.before);

		clock->slope = middle(clock->rate);
		clock->cycles = first.after;
		clock->ns = fan_base(&clock->fan) + (int64_t)(middle(bounds.ns) + spread * clock->slope);
		clock->uncertainty = (bounds.ns[1] - bounds.ns[0]) / 2;
	}
	clock->stretch = stretch_of(&clock->fan);
	set_rate_uncertainty(clock);
	clock->points = 1;
	clock->next_cycles = clock->cycles;
	clock->next_ns = clock->ns;
	clock->next_uncertainty = clock->uncertainty;
	clock->broken = false;
	clock->drift = 0;
	(void)rebuild(clock);
}

/** Returns whether a piece of line ends at a reading. It ends there if the reading is far enough from the newest point,
 * or if the reading starts a new line. */
static bool worth_a_piece(const struct clock *clock, const struct fan_reading *reading, int64_t ns, double uncertainty)
{
	double tick = (double)NS_PER_SECOND / (double)clock->timebase_hz;

	if (reading->after <= clock->next_cycles || ns <= clock->next_ns)
		return false;
	if (clock->fan.readings == 1)
		return true;
	return (double)(ns - clock->next_ns) >= fmax(PIECE_TICKS * tick, PIECE_UNCERTAINTIES * uncertainty);
}

/** A piece of line that has just ended, and what was known about the rate before it. */
struct piece {
	double passed, counted; /* ns and cycles */
	double rate[2];         /* bounds of the rate on the line before this piece */
	bool contradicts;       /* the clock has certainly changed on this piece */
};

/** Returns by how many ns a piece may differ from a piece of the same number of cycles at a rate within @p rate. */
static double deviation(const struct piece *piece, const double rate[2])
{
	return fmax(fabs(piece->passed - piece->counted * rate[0]), fabs(piece->passed - piece->counted * rate[1]));
}

/** Returns whether the piece has a rate outside of @p rate, by more than a drifting clock and the uncertainty @p ns of
 * the piece's ends can explain. */
static bool differs(const struct piece *piece, const double rate[2], double ns)
{
	double tolerance = STRAY_NS + STRAY_SHARE * piece->passed + ns;

	return piece->passed < piece->counted * rate[0] - tolerance ||
	       piece->passed > piece->counted * rate[1] + tolerance;
}

/** Returns the uncertainty on a piece of line on which the clock may have stood still or changed its rate at an unknown
 * place. */
static double broken_uncertainty(const struct clock *clock, const struct piece *piece)
{
	double uncertainty = piece->contradicts ? deviation(piece, piece->rate) : 0;

	if (isfinite(clock->fastest))
		uncertainty = fmax(uncertainty, piece->passed - piece->counted * clock->fastest);
	return uncertainty;
}

/** Returns the uncertainty on a piece of line whose rate nothing before it confirms. Two readings always lie on a line,
 * even if the clock stood still between them. Then only the next SYNC record shows whether the rate is right.
 * @param newest the reading at the end of the piece */
static double unconfirmed_uncertainty(const struct clock *clock, const struct piece *piece,
				      const struct fan_reading *newest, double ns)
{
	const struct fan_reading *next = &clock->foresight;
	bool is_known = piece->rate[1] - piece->rate[0] < RATE_KNOWN * piece->rate[1];

	if (!clock->foreseen || next->before <= newest->after || (is_known && !differs(piece, piece->rate, ns)))
		return 0;
	double rate[2] = {
		fmax(0, (double)(next->least - newest->most) / (double)(next->after - newest->before)),
		(double)(next->most - newest->least) / (double)(next->before - newest->after),
	};
	return differs(piece, rate, ns) ? deviation(piece, rate) : 0;
}

void clock_foresee(struct clock *clock, uint64_t cycles, uint64_t mtime, uint64_t cycles_again)
{
	clock->foreseen = read_words(clock, cycles, mtime, cycles_again, &clock->foresight);
}

/** Returns the uncertainty on a piece of line, in addition to that of its ends, which is @p ns. Time never runs backwards,
 * so no error on the piece is greater than the piece is long. */
static double piece_uncertainty(const struct clock *clock, const struct piece *piece, const struct fan_reading *newest,
				double ns)
{
	double uncertainty = unconfirmed_uncertainty(clock, piece, newest, ns);

	if (clock->broken)
		uncertainty = fmax(uncertainty, broken_uncertainty(clock, piece));
	return fmin(uncertainty, piece->passed);
}

bool clock_sync(struct clock *clock, uint64_t cycles, uint64_t mtime, uint64_t cycles_again)
{
	struct piece piece = { .rate = { clock->rate[0], clock->rate[1] } };
	struct fan_reading reading;

	if (!clock->points) { /* the caller has not called clock_look_ahead */
		(void)clock_look_ahead(clock, cycles, mtime, cycles_again, 0);
		clock_settle(clock);
		return false;
	}
	if (!read_words(clock, cycles, mtime, cycles_again, &reading))
		return false;
	enum fan_verdict verdict = take(clock, &reading);
	if (verdict == FAN_USELESS)
		return false;
	struct estimate end = estimate(clock, &reading);
	int64_t ns = reading.least + (int64_t)end.ns;
	if (!worth_a_piece(clock, &reading, ns, end.uncertainty))
		return false;

	piece.passed = (double)(ns - clock->next_ns);
	piece.counted = (double)(reading.after - clock->next_cycles);
	piece.contradicts = verdict == FAN_CONTRADICTS;
	clock->slope = piece.passed / piece.counted;
	clock->uncertainty = fmax(clock->next_uncertainty, end.uncertainty);
	clock->uncertainty += piece_uncertainty(clock, &piece, &reading, clock->uncertainty);
	clock->uncertainty_distance = clock->uncertainty_square = 0;
	clock->cycles = clock->next_cycles;
	clock->ns = clock->next_ns;
	clock->next_cycles = reading.after;
	clock->next_ns = ns;
	clock->next_uncertainty = end.uncertainty;
	clock->points++;
	return true;
}

void clock_advance(struct clock *clock)
{
	clock->cycles = clock->next_cycles;
	clock->ns = clock->next_ns;
	clock->uncertainty = clock->next_uncertainty;
	if (knows_rate(clock))
		clock->slope = middle(clock->rate);
	clock->stretch = stretch_of(&clock->fan);
	set_rate_uncertainty(clock);
}

void clock_borrow(struct clock *clock, const struct clock *other)
{
	if (!knows_rate(other) || !clock->points)
		return;
	if (!knows_rate(clock)) {
		clock->slope = middle(other->rate);
		return;
	}
	if (clock->rate[1] - clock->rate[0] <= other->rate[1] - other->rate[0])
		return;
	clock->slope = fmin(fmax(middle(other->rate), clock->rate[0]), clock->rate[1]);
	if (isfinite(clock->uncertainty_distance))
		set_rate_uncertainty(clock);
}

int64_t clock_uncertainty(const struct clock *clock, uint64_t cycles)
{
	double distance = fabs((double)(int64_t)(cycles - clock->cycles));
	double uncertainty = clock->uncertainty;

	if (distance > 0)
		uncertainty += distance * (clock->uncertainty_distance + distance * clock->uncertainty_square);
	return uncertainty < (double)CLOCK_NS_MOST ? (int64_t)uncertainty + 1 : INT64_MAX;
}
