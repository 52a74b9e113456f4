/* hstrace stat: prints how much time exits took. The output is a table with the columns of `perf kvm stat`, or JSON, or
 * lines for flame graphs.
 *
 * The statistics are a sink of the timeline, so they count the same records that convert writes. If the dump contains
 * the counters of hv, the exits of each hart are then compared with these counters. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/account.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/options.h"
#include "trace/hstrace/rows.h"
#include "trace/hstrace/timeline_input.h"
#include "trace/stat/statistics.h"

struct chosen {
	struct options options;
	struct statistics statistics;
};

enum { KEY_FOLDED = 256 };

static const struct argp_child children[] = { { .argp = &options_dumps },
					      { .argp = &options_json },
					      { .argp = &options_records },
					      { .argp = &options_elf },
					      { .argp = &options_symbols },
					      { .argp = &options_rows },
					      { 0 } };

static const struct argp_option own_options[] = {
	{ "folded", KEY_FOLDED, NULL, 0,
	  "Print cycles by world, function (with --symbols) and exit, in the format of flame graph tools", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct chosen *chosen = state->input;

	(void)argument;

	switch (key) {
	case ARGP_KEY_INIT:
		options_hand_on(state, &chosen->options);
		return 0;
	case KEY_FOLDED:
		chosen->statistics.folded = true;
		return 0;
	case ARGP_KEY_END:
		if (chosen->statistics.folded && chosen->options.json)
			argp_error(state, "--folded and --json cannot be combined");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = own_options,
	.parser = parse,
	.children = children,
	.args_doc = "FILE",
	.doc = "Shows what exits cost, in cycles: their number, their share of all exits and of the time, and "
	       "percentiles. Percentiles are accurate to 1% (bins of 1/128 of an octave); minimum, maximum and mean "
	       "are exact. Also shows how each hart's time was spent, and compares the number of exits with what "
	       "module exit_counter_per_cause has counted, if the dump has that; the exit code is 1 if they differ. "
	       "FILE may be - for stdin.\v"
	       "Example: hstrace stat --by=hart trace.hst\n"
	       "Example: hstrace stat --folded --symbols=vmlinux trace.hst | flamegraph.pl > trace.svg\n",
};

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? (double)part * 100 / (double)whole : 0;
}

/** Returns the mean, rounded to whole cycles. */
static uint64_t mean(const struct histogram *cycles)
{
	return cycles->count ? (cycles->sum + cycles->count / 2) / cycles->count : 0;
}

static void print_row(const struct statistics_row *row, const struct histogram *total, const struct row_widths *widths)
{
	const struct histogram *cycles = &row->cycles;

	rows_print(widths, row->name, row->detail);
	printf("%10" PRIu64 " %6.2f%% %6.2f%% %8" PRIu64 " %10" PRIu64 " %8" PRIu64, cycles->count,
	       percent(cycles->count, total->count), percent(cycles->sum, total->sum), cycles->least, cycles->most,
	       mean(cycles));
	printf(" %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n", histogram_quantile(cycles, 0.5),
	       histogram_quantile(cycles, 0.99), histogram_quantile(cycles, 0.999));
}

static void print_json_row(const struct chosen *chosen, const struct statistics_row *row, const char *before)
{
	const struct histogram *cycles = &row->cycles, *total = &chosen->statistics.total.cycles;

	printf("%s\n    {", before);
	rows_print_json(chosen->options.by, row->name, row->detail);
	printf(", \"count\": %" PRIu64 ", \"cycles\": %" PRIu64 ", \"count_percent\": %.4f, \"time_percent\": %.4f",
	       cycles->count, cycles->sum, percent(cycles->count, total->count), percent(cycles->sum, total->sum));
	printf(", \"min\": %" PRIu64 ", \"max\": %" PRIu64 ", \"mean\": %.3f", cycles->least, cycles->most,
	       cycles->count ? (double)cycles->sum / (double)cycles->count : 0);
	printf(", \"p50\": %" PRIu64 ", \"p99\": %" PRIu64 ", \"p99.9\": %" PRIu64 "}", histogram_quantile(cycles, 0.5),
	       histogram_quantile(cycles, 0.99), histogram_quantile(cycles, 0.999));
}

/** The texts that say how the exits in the records compare with the exits that hv counted. */
static const char *const verdicts[] = {
	[STATISTICS_AGREE] = "the same",
	[STATISTICS_NOT_COUNTED] = "not in the dump",
	[STATISTICS_INCOMPLETE] = "more, because slots are missing",
	[STATISTICS_DIFFER] = "DIFFERENT",
};

/** Prints how the records of a hart compare with hv's counters.
 * @return false if the records and the counters contradict each other */
static bool reconcile(const struct chosen *chosen, uint32_t hart)
{
	const struct statistics *statistics = &chosen->statistics;
	const struct statistics_hart *own = &statistics->harts[hart];
	char name[NAMES_BYTES];
	unsigned index;
	int world;
	enum statistics_verdict verdict = statistics_reconcile(statistics, hart, &world, &index);

	if (chosen->options.json)
		printf("%s\n    {\"hart\": %u, \"slots\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"counted\": \"%s\"}",
		       hart ? "," : "", hart, own->slots, own->lost, verdicts[verdict]);
	else
		printf("hart %-3u %" PRIu64 " slots, %" PRIu64 " lost; exits that hv counted: %s\n", hart, own->slots,
		       own->lost, verdicts[verdict]);
	if (verdict == STATISTICS_DIFFER && !chosen->options.json)
		printf("         %s %s: %" PRIu64 " in records, %" PRIu64 " counted\n", names_world((unsigned)world),
		       names_cause(name, names_index_cause(index)), own->exits[world][index],
		       own->counted.exits[world][index]);
	return verdict != STATISTICS_DIFFER;
}

/** Returns whether all records of the dump were counted. Only then is it possible to compare them with hv's
 * counters. */
static bool is_all(const struct timeline_options *timeline)
{
	return timeline->from_ns <= 0 && timeline->to_ns == INT64_MAX && timeline->hart < 0;
}

/** If all records were counted, compares the exits of each hart with hv's counters.
 * @return false if the records of a hart contradict the counters */
static bool print_harts(const struct chosen *chosen)
{
	bool good = true;

	for (uint32_t hart = 0; hart < chosen->statistics.hart_count && is_all(&chosen->options.timeline); hart++)
		good = reconcile(chosen, hart) && good;
	return good;
}

/** Returns the sum of all parts of a hart's time, in cycles. */
static uint64_t whole_time(const struct statistics_hart *hart)
{
	uint64_t whole = 0;

	for (unsigned owner = 0; owner < STATISTICS_OWNERS; owner++)
		whole += hart->cycles[owner];
	return whole;
}

/** Prints how each hart spent its time, according to the records. */
static void print_shares(const struct statistics *statistics)
{
	printf("%-28s", "share of time");
	for (unsigned owner = 0; owner < STATISTICS_OWNERS; owner++)
		printf(" %9s", statistics_owners[owner]);
	printf("\n");
	for (uint32_t i = 0; i < statistics->hart_count; i++) {
		const struct statistics_hart *hart = &statistics->harts[i];

		if (!hart->started)
			continue;
		printf("hart %-23" PRIu64, statistics->timeline->machine.hart_ids[i]);
		for (unsigned owner = 0; owner < STATISTICS_OWNERS; owner++)
			printf(" %8.2f%%", percent(hart->cycles[owner], whole_time(hart)));
		printf("\n");
	}
}

static void print_json_shares(const struct statistics *statistics)
{
	for (uint32_t i = 0; i < statistics->hart_count; i++) {
		printf("%s\n    {\"hart\": %u", i ? "," : "", i);
		for (unsigned owner = 0; owner < STATISTICS_OWNERS; owner++)
			printf(", \"%s\": %" PRIu64, statistics_owners[owner], statistics->harts[i].cycles[owner]);
		printf("}");
	}
}

static bool print_json(const struct chosen *chosen, const struct statistics_row **rows, unsigned count)
{
	const struct histogram *total = &chosen->statistics.total.cycles;

	printf("{\n  \"exits\": %" PRIu64 ", \"cycles\": %" PRIu64 ", \"saturated\": %" PRIu64
	       ", \"observing\": %" PRIu64 ",\n  \"rows\": [",
	       total->count, total->sum, chosen->statistics.saturated, chosen->statistics.observing);
	for (unsigned i = 0; i < count; i++)
		print_json_row(chosen, rows[i], i ? "," : "");
	printf("],\n  \"events\": [");
	account_print_json_counts(stdout, chosen->statistics.timeline, chosen->statistics.timeline->totals.inside);
	printf("],\n  \"time\": [");
	print_json_shares(&chosen->statistics);
	printf("],\n  \"harts\": [");
	bool good = print_harts(chosen);
	printf("]\n}\n");
	return good;
}

static bool print_text(const struct chosen *chosen, const struct statistics_row **rows, unsigned count)
{
	const struct statistics *statistics = &chosen->statistics;
	struct row_widths widths = { 0 };

	rows_fit_titles(&widths, chosen->options.by);
	for (unsigned i = 0; i < count; i++)
		rows_fit(&widths, rows[i]->name, rows[i]->detail);
	rows_print_titles(&widths, chosen->options.by);
	printf("%10s %7s %7s %8s %10s %8s %8s %8s %8s\n", "count", "count%", "time%", "min", "max", "mean", "p50",
	       "p99", "p99.9");
	for (unsigned i = 0; i < count; i++)
		print_row(rows[i], &statistics->total.cycles, &widths);
	print_row(&statistics->total, &statistics->total.cycles, &widths);
	if (statistics->saturated)
		printf("%" PRIu64
		       " of these exits took 2^32 - 1 cycles or more: a record cannot hold a larger number\n",
		       statistics->saturated);
	if (statistics->observing)
		printf("not included: %" PRIu64 " cycles for SYNC records and counters\n", statistics->observing);
	if (statistics->last_ns > statistics->first_ns)
		printf("in %.6f s of mtime\n", (double)(statistics->last_ns - statistics->first_ns) / 1e9);
	account_print_counts(stdout, "records:", statistics->timeline, statistics->timeline->totals.inside);
	print_shares(statistics);
	return print_harts(chosen);
}

/** Sorts paths by their text. Empty places of the table come last. */
static int by_text(const void *left, const void *right)
{
	const struct statistics_path *a = left, *b = right;

	if (!a->text || !b->text)
		return !a->text - !b->text;
	return strcmp(a->text, b->text);
}

/** Prints the lines for flame graphs. Sorts the hash table of paths in place. This destroys the order of the hash
 * table, but no path is searched in it any more. */
static void print_folded(struct statistics *statistics)
{
	if (statistics->path_count)
		qsort(statistics->paths, statistics->path_capacity, sizeof(statistics->paths[0]), by_text);
	for (size_t i = 0; i < statistics->path_count; i++)
		printf("%s %" PRIu64 "\n", statistics->paths[i].text, statistics->paths[i].cycles);
}

/** Prints the statistics.
 * @param agrees receives whether the records agree with hv's counters; it does not change with --folded */
static enum error print(struct chosen *chosen, bool *agrees)
{
	struct statistics *statistics = &chosen->statistics;
	const struct statistics_row **rows = calloc(statistics->row_count + 1, sizeof(rows[0]));

	if (!rows)
		return error_no_memory();
	(void)snprintf(statistics->total.name, sizeof(statistics->total.name), "all");

	unsigned count = statistics_sort(statistics, rows);

	if (statistics->folded)
		print_folded(statistics);
	else if (chosen->options.json)
		*agrees = print_json(chosen, rows, count);
	else
		*agrees = print_text(chosen, rows, count);
	free(rows);
	return ERROR_NONE;
}

/** Counts the exits of the dump and prints the statistics. Prints them even if reading stopped at an error. */
static enum error count_and_print(const char *command, struct chosen *chosen, bool *agrees)
{
	struct timeline_sink sink = statistics_sink(&chosen->statistics);
	struct error_kept failure = { 0 };
	struct timeline timeline;

	error_keep(&failure, timeline_input(command, &chosen->options, 0, &timeline, &sink));
	error_keep(&failure, statistics_finish(&chosen->statistics));
	if (timeline.lanes)
		error_keep(&failure, print(chosen, agrees));
	statistics_close(&chosen->statistics);
	timeline_close(&timeline);
	return error_again(&failure);
}

int command_stat(int argc, char **argv)
{
	static struct chosen chosen = { .options.children = children };
	struct symbols *symbols;
	bool agrees = true;

	if (command_parse(&parser, argc, argv, &chosen) != ERROR_NONE)
		return command_complain(argv[0], "%s", error_message());

	enum error error = options_read_symbols(&chosen.options, &symbols);

	chosen.statistics.key = chosen.options.by;
	chosen.statistics.symbols = symbols;
	chosen.statistics.cause = chosen.options.cause;
	if (error == ERROR_NONE)
		error = count_and_print(argv[0], &chosen, &agrees);
	symbols_close(symbols);
	return command_end(argv[0], error) == COMMAND_GOOD && agrees ? COMMAND_GOOD : COMMAND_BAD;
}
