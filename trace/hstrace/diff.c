/* hstrace diff: compares the time that exits took in two runs. Computes the same statistics as stat for each run, and
 * joins the rows that have the same name. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hstrace/command.h"
#include "trace/hstrace/options.h"
#include "trace/hstrace/rows.h"
#include "trace/hstrace/timeline_input.h"
#include "trace/stat/statistics.h"

static const struct argp_child children[] = { { .argp = &options_dumps },
					      { .argp = &options_json },
					      { .argp = &options_records },
					      { .argp = &options_elf },
					      { .argp = &options_symbols },
					      { .argp = &options_rows },
					      { 0 } };

static const struct argp parser = {
	.parser = options_alone,
	.children = children,
	.args_doc = "FILE FILE",
	.doc = "Shows what exits cost in two runs, in cycles, side by side. The rows whose time changed most come "
	       "first. Columns marked with ' belong to the second run. Percentiles are accurate to 1%.\v"
	       "Example: hstrace diff before.hst after.hst\n",
};

/** One line of the output. It contains the row with the same name from both runs. If a run has no such row, its
 * histogram is `nothing`. */
struct pair {
	const char *name, *detail;
	const struct histogram *cycles[2];
};

static const struct histogram nothing;

/** Returns how many cycles more the second run took. The result is negative if it took fewer cycles. */
static double change(const struct pair *pair)
{
	double difference = (double)pair->cycles[1]->sum - (double)pair->cycles[0]->sum;
	return difference < 0 ? -difference : difference;
}

/** Sorts lines by change, the largest change first. Lines with the same change are sorted by name, so that the order is
 * always the same. */
static int by_change(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;
	double difference = change(b) - change(a);

	if (difference != 0)
		return difference > 0 ? 1 : -1;
	int order = strcmp(a->name, b->name);
	return order ? order : strcmp(a->detail, b->detail);
}

/** Finds the line for a row of @p run. If there is no such line, adds one. Lines that already have a row of this run
 * are skipped, because two harts may have the same id, and their rows then have the same name. */
static struct pair *find(struct pair *pairs, unsigned *count, unsigned run, const struct statistics_row *row)
{
	for (unsigned i = 0; i < *count; i++)
		if (pairs[i].cycles[run] == &nothing && strcmp(pairs[i].name, row->name) == 0 &&
		    strcmp(pairs[i].detail, row->detail) == 0)
			return &pairs[i];
	pairs[*count] = (struct pair){ row->name, row->detail, { &nothing, &nothing } };
	return &pairs[(*count)++];
}

/** Joins each row of one run with the row of the other run that has the same name. If several rows of a run have the
 * same name, the first of them is joined with the first one of the other run, the second with the second, and so on.
 * @return the number of lines */
static unsigned join(struct pair *pairs, const struct statistics *runs)
{
	unsigned count = 0;

	for (unsigned run = 0; run < 2; run++)
		for (unsigned i = 0; i < runs[run].row_count; i++)
			if (runs[run].rows[i])
				find(pairs, &count, run, runs[run].rows[i])->cycles[run] = &runs[run].rows[i]->cycles;
	qsort(pairs, count, sizeof(pairs[0]), by_change);
	return count;
}

/** Prints a change in percent. Prints "new" if the first run has no value. */
static void print_ratio(double before, double after)
{
	if (before > 0)
		printf(" %+8.1f%%", (after - before) * 100 / before);
	else
		printf(" %9s", after > 0 ? "new" : "-");
}

static void print_pair(const struct pair *pair, const struct row_widths *widths)
{
	const struct histogram *a = pair->cycles[0], *b = pair->cycles[1];

	rows_print(widths, pair->name, pair->detail);
	printf("%10" PRIu64 " %10" PRIu64, a->count, b->count);
	print_ratio((double)a->count, (double)b->count);
	printf(" %14" PRIu64 " %14" PRIu64, a->sum, b->sum);
	print_ratio((double)a->sum, (double)b->sum);
	printf(" %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n", histogram_quantile(a, 0.5),
	       histogram_quantile(b, 0.5), histogram_quantile(a, 0.99), histogram_quantile(b, 0.99));
}

static void print_json_side(const struct histogram *cycles)
{
	printf("{\"count\": %" PRIu64 ", \"cycles\": %" PRIu64 ", \"p50\": %" PRIu64 ", \"p99\": %" PRIu64 "}",
	       cycles->count, cycles->sum, histogram_quantile(cycles, 0.5), histogram_quantile(cycles, 0.99));
}

static void print_json(const struct pair *pairs, unsigned count, enum statistics_key key)
{
	printf("{\"rows\": [");
	for (unsigned i = 0; i < count; i++) {
		printf("%s\n  {", i ? "," : "");
		rows_print_json(key, pairs[i].name, pairs[i].detail);
		printf(", \"before\": ");
		print_json_side(pairs[i].cycles[0]);
		printf(", \"after\": ");
		print_json_side(pairs[i].cycles[1]);
		printf("}");
	}
	printf("]}\n");
}

static void print_text(const struct pair *pairs, unsigned count, const struct statistics *runs)
{
	const struct pair all = { "all", "", { &runs[0].total.cycles, &runs[1].total.cycles } };

	struct row_widths widths = { 0 };

	rows_fit_titles(&widths, runs[0].key);
	for (unsigned i = 0; i < count; i++)
		rows_fit(&widths, pairs[i].name, pairs[i].detail);
	rows_print_titles(&widths, runs[0].key);
	printf("%10s %10s %9s %14s %14s %9s %8s %8s %8s %8s\n", "count", "count'", "", "time", "time'", "", "p50",
	       "p50'", "p99", "p99'");
	for (unsigned i = 0; i < count; i++)
		print_pair(&pairs[i], &widths);
	print_pair(&all, &widths);
}

static enum error print(const struct options *chosen, const struct statistics *runs)
{
	struct pair *pairs = calloc(runs[0].row_count + runs[1].row_count + 1, sizeof(pairs[0]));

	if (!pairs)
		return error_no_memory();
	unsigned count = join(pairs, runs);
	if (chosen->json)
		print_json(pairs, count, runs[0].key);
	else
		print_text(pairs, count, runs);
	free(pairs);
	return ERROR_NONE;
}

/** Counts the exits of the run @p i. After an error, the caller still prints the exits that were counted before the
 * error. */
static enum error count(const char *command, struct options *chosen, unsigned i, struct statistics *run,
			struct timeline *timeline)
{
	struct timeline_sink sink = statistics_sink(run);
	struct error_kept failure = { 0 };

	error_keep(&failure, timeline_input(command, chosen, i, timeline, &sink));
	error_keep(&failure, statistics_finish(run));
	return error_again(&failure);
}

/** Counts the exits of both runs and prints the comparison. Prints it even after an error, if both dumps describe their
 * machine. */
static enum error compare(const char *command, struct options *chosen, const struct symbols *symbols)
{
	static struct statistics runs[2];
	struct timeline timelines[2];
	struct error_kept failure = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		runs[i].key = chosen->by;
		runs[i].cause = chosen->cause;
		runs[i].symbols = symbols;
		error_keep(&failure, count(command, chosen, i, &runs[i], &timelines[i]));
	}
	if (timelines[0].lanes && timelines[1].lanes)
		error_keep(&failure, print(chosen, runs));
	for (unsigned i = 0; i < 2; i++) {
		statistics_close(&runs[i]);
		timeline_close(&timelines[i]);
	}
	return error_again(&failure);
}

int command_diff(int argc, char **argv)
{
	struct options chosen = { .children = children, .least = 2, .most = 2 };
	struct symbols *symbols;

	if (command_parse(&parser, argc, argv, &chosen) != ERROR_NONE)
		return command_complain(argv[0], "%s", error_message());

	enum error error = options_read_symbols(&chosen, &symbols);

	if (error == ERROR_NONE)
		error = compare(argv[0], &chosen, symbols);
	symbols_close(symbols);
	return command_end(argv[0], error);
}
