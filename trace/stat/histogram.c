/* To find a quantile, the function goes through the bins in ascending order and adds up their counts. */
#include "trace/stat/histogram.h"

/** Returns the value in the middle of a bin. */
static uint64_t middle(unsigned bin)
{
	if (bin < 2 * HISTOGRAM_LINEAR)
		return bin;
	unsigned octave = (bin >> HISTOGRAM_BITS) - 1;
	uint64_t first = (uint64_t)(bin - (octave << HISTOGRAM_BITS)) << octave;
	return first + ((1ull << octave) - 1) / 2;
}

uint64_t histogram_quantile(const struct histogram *histogram, double fraction)
{
	if (!histogram->count)
		return 0;
	double exact = fraction * (double)histogram->count;
	uint64_t wanted = (uint64_t)exact;
	wanted += (double)wanted < exact || !wanted; /* rounds up: `wanted` is a rank, and ranks count from 1 */
	if (wanted >= histogram->count)
		return histogram->most;
	uint64_t seen = 0;
	for (unsigned bin = 0; bin < HISTOGRAM_BINS; bin++) {
		seen += histogram->bins[bin];
		if (seen < wanted)
			continue;
		uint64_t value = middle(bin);
		if (value < histogram->least)
			return histogram->least;
		return value > histogram->most ? histogram->most : value;
	}
	return histogram->most;
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
	if (!from->count)
		return;
	if (!to->count || from->least < to->least)
		to->least = from->least;
	if (from->most > to->most)
		to->most = from->most;
	to->count += from->count;
	to->sum += from->sum;
	for (unsigned bin = 0; bin < HISTOGRAM_BINS; bin++)
		to->bins[bin] += from->bins[bin];
}
