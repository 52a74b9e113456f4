/* A log-linear histogram of durations. The values from 2^n to 2^(n+1) - 1 form an octave, and each octave has 128 bins
 * of equal width. So the width of a bin is at most 1/128 of the values in the bin.
 * Used by the statistics. Does not need to know what the values measure. */
#ifndef TRACE_STAT_HISTOGRAM_H
#define TRACE_STAT_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS 7 /* this many bits after the highest set bit of a value select the bin in the octave */
#define HISTOGRAM_LINEAR (1u << HISTOGRAM_BITS)
/* Each value below 2 * 128 has a separate bin. All greater values share the bins of 64 - 8 octaves, 128 bins each. */
#define HISTOGRAM_BINS ((64 - HISTOGRAM_BITS + 1) * HISTOGRAM_LINEAR)

struct histogram {
	uint64_t count, sum, least, most; /* number, sum, minimum and maximum of all values; the sum wraps at 2^64 */
	uint64_t bins[HISTOGRAM_BINS];
};

/** Returns the index of the bin for @p value. Pure. */
static inline unsigned histogram_bin(uint64_t value)
{
	if (value < 2 * HISTOGRAM_LINEAR)
		return (unsigned)value;
	unsigned octave = 63 - (unsigned)__builtin_clzll(value) - HISTOGRAM_BITS;
	return (octave << HISTOGRAM_BITS) + (unsigned)(value >> octave);
}

/** Adds one value to the histogram. */
static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
	if (!histogram->count || value < histogram->least)
		histogram->least = value;
	if (value > histogram->most)
		histogram->most = value;
	histogram->count++;
	histogram->sum += value;
	histogram->bins[histogram_bin(value)]++;
}

/** Returns the quantile for @p fraction, a number from 0 to 1. This fraction of all values is not greater than the
 * quantile. The result is the value in the middle of a bin, but never below the minimum or above the maximum of all
 * values. It is off by at most 1/256. Returns 0 if the histogram is empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double fraction);

/** Adds all values of @p from to @p to. */
void histogram_merge(struct histogram *to, const struct histogram *from);

#endif
