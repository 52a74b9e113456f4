/* Distribution of durations, log-linear: every octave has 128 bins of one width, so that a value is known to 1/128.
 * Used by the statistics. Knows nothing of what is measured. */
#ifndef TRACE_STAT_HISTOGRAM_H
#define TRACE_STAT_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS 7 /* of a value below its highest one */
#define HISTOGRAM_LINEAR (1u << HISTOGRAM_BITS)
/* Values below 2 * 128 have a bin each; then 64 - 8 octaves of 128 bins. */
#define HISTOGRAM_BINS ((64 - HISTOGRAM_BITS + 1) * HISTOGRAM_LINEAR)

struct histogram {
	uint64_t count, sum, least, most; /* exact; sum may wrap after 2^64 */
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

/** The value that the @p fraction (0 to 1) of all values does not exceed, right to 1/256 of it: the middle of its bin, within
 * the least and the most. 0 without values. */
uint64_t histogram_quantile(const struct histogram *histogram, double fraction);

/** Adds all values of @p from to @p to. */
void histogram_merge(struct histogram *to, const struct histogram *from);

#endif
