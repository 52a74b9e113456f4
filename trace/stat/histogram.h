/* A log-linear histogram of durations. Each octave has 128 bins of equal width, so the width of a bin is at most 1/128
 * of its values.
 * Used by the statistics. Knows nothing of what is measured. */
#ifndef TRACE_STAT_HISTOGRAM_H
#define TRACE_STAT_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS 7 /* how many bits after the highest set bit of a value select its bin within the octave */
#define HISTOGRAM_LINEAR (1u << HISTOGRAM_BITS)
/* Each value below 2 * 128 has a bin of its own. After them come 64 - 8 octaves of 128 bins. */
#define HISTOGRAM_BINS ((64 - HISTOGRAM_BITS + 1) * HISTOGRAM_LINEAR)

struct histogram {
	uint64_t count, sum, least, most; /* exact, except that sum wraps at 2^64 */
	uint64_t bins[HISTOGRAM_BINS];
};

/** The bin of @p value. Pure. */
static inline unsigned histogram_bin(uint64_t value)
{
	if (value < 2 * HISTOGRAM_LINEAR)
		return (unsigned)value;
	unsigned octave = 63 - (unsigned)__builtin_clzll(value) - HISTOGRAM_BITS;
	return (octave << HISTOGRAM_BITS) + (unsigned)(value >> octave);
}

/** Counts @p value. */
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

/** The quantile for @p fraction (0 to 1): the value that this fraction of all values does not exceed. The
 * result is the middle of a bin, limited to the least and the greatest value, and off by at most 1/256. 0 if
 * the histogram is empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double fraction);

/** Adds all values of @p from to @p to. */
void histogram_merge(struct histogram *to, const struct histogram *from);

#endif
