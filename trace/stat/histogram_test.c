/* The tests compare the quantiles of a histogram with the exact quantiles, which they find in the sorted values. */
#include "trace/stat/histogram.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define VALUES 20000

static uint64_t values[VALUES];
static struct histogram histogram;

static int by_value(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
	return a < b ? -1 : a > b;
}

/** Fills the histogram with random values that have at most @p bits bits. Stores the same values in `values`, and sorts
 * them. */
static void fill(unsigned bits)
{
	uint64_t random = 88172645463325252ull;
	histogram = (struct histogram){ 0 };
	for (size_t i = 0; i < VALUES; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		values[i] = random >> (64 - bits) >> random % bits;
		histogram_add(&histogram, values[i]);
	}
	qsort(values, VALUES, sizeof(values[0]), by_value);
}

Test(histogram, quantiles_are_within_one_percent_at_all_scales)
{
	static const double fractions[] = { 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1 };
	for (unsigned bits = 1; bits <= 64; bits++) {
		fill(bits);
		for (unsigned i = 0; i < sizeof(fractions) / sizeof(fractions[0]); i++) {
			double exact = (double)values[(size_t)(fractions[i] * VALUES + 0.999999) - 1];
			double quantile = (double)histogram_quantile(&histogram, fractions[i]);
			cr_assert_leq(quantile, exact * 1.01, "%u bits, %g", bits, fractions[i]);
			cr_assert_geq(quantile, exact * 0.99, "%u bits, %g", bits, fractions[i]);
		}
	}
}

Test(histogram, bins_have_no_holes_and_the_greatest_value_has_the_last_bin)
{
	for (uint64_t value = 1; value < 1 << 20; value++)
		cr_assert_leq(histogram_bin(value) - histogram_bin(value - 1), 1, "%lu", (unsigned long)value);
	cr_expect_eq(histogram_bin(UINT64_MAX), HISTOGRAM_BINS - 1);
}

Test(histogram, the_least_and_greatest_value_and_the_count_are_exact)
{
	fill(32);
	cr_expect_eq(histogram.least, values[0]);
	cr_expect_eq(histogram.most, values[VALUES - 1]);
	cr_expect_eq(histogram.count, VALUES);
	cr_expect_eq(histogram_quantile(&histogram, 1), histogram.most);
}

Test(histogram, merging_two_histograms_gives_the_histogram_of_all_their_values)
{
	struct histogram *both = calloc(1, sizeof(*both)), *half = calloc(1, sizeof(*half));
	fill(40);
	for (size_t i = 0; i < VALUES; i++)
		histogram_add(i % 2 ? both : half, values[i]);
	histogram_merge(both, half);
	cr_expect_arr_eq(both, &histogram, sizeof(histogram));
	free(both);
	free(half);
}

Test(histogram, a_quantile_of_an_empty_histogram_is_zero)
{
	histogram = (struct histogram){ 0 };
	cr_expect_eq(histogram_quantile(&histogram, 0.5), 0);
}
