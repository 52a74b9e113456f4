/* Fuzz target for the reader of dumps, and for hstrace info and check. It reads the input as a dump twice, the second
 * time with salvaging, and checks that every slot of the dump is in a record or counted as lost. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/check/budget.h"
#include "trace/check/flows.h"
#include "trace/check/overview.h"
#include "trace/check/rules.h"
#include "trace/fuzz/fuzz.h"
#include "trace/fuzz/input.h"

struct run {
	struct overview overview;
	struct rules rules;
	struct budgets budgets;
	struct flows flows;
	uint64_t slots;    /* number of slots of all records that are not inferred */
	uint64_t inferred; /* number of slots that the inferred LOST records report */
};

static void ignore(enum rule rule, uint32_t hart, const struct trace_record *record, void *context)
{
	(void)rule, (void)hart, (void)record, (void)context;
}

static void ignore_order(uint32_t hart, const char *text, void *context)
{
	(void)hart, (void)context;
	require(text[0]);
}

static enum error visit(const struct trace_record *record, void *context)
{
	struct run *run = context;

	if (record->inferred)
		run->inferred += trace_lost_unpack(record->word, record->ext).slots;
	else
		run->slots += 1u + record->ext;
	require(rules_record(&run->rules, &run->overview, record) == ERROR_NONE);
	return budgets_record(&run->budgets, record);
}

/** Checks that all slots of the dump are in records, or are counted as lost. */
static void check_totals(const struct run *run)
{
	uint64_t there = 0, lost = 0;

	for (uint32_t hart = 0; hart < run->overview.harts; hart++) {
		there += run->overview.hart[hart].slots;
		lost += run->overview.hart[hart].lost;
	}
	require(there + lost == run->slots + run->inferred);
}

/** Reads the dump, and passes its records to the checks. Salvaging must always reach the end of the file. */
static void read_all(const char *path, bool salvage)
{
	struct run run = { .rules = { .broken = ignore } };
	struct dump_reader *reader;
	struct dump_view view;
	enum error error;
	bool good = true;

	if (dump_open(&reader, path, salvage) != ERROR_NONE)
		return;
	run.budgets.budget[0] = (struct budget){ .name = strdup("set_timer"), .limit = 500 };
	run.budgets.count = 1;
	flows_open(&run.flows, ignore_order, NULL);
	while ((error = dump_next(reader, &view)) == ERROR_NONE && view.payload && good) {
		require(view.chunk.length <= DUMP_CHUNK_BYTES && (uintptr_t)view.payload % 16 == 0);
		good = overview_add(&run.overview, &view, visit, &run) == ERROR_NONE;
		IGNORE_ERROR(flows_take(&run.flows, &view));
	}
	require(!salvage || error == ERROR_NONE);
	require(error == ERROR_NONE || strstr(error_message(), ": offset 0x"));
	flows_finish(&run.flows, salvage);
	flows_close(&run.flows);
	if (good) {
		require(overview_finish(&run.overview, visit, &run) == ERROR_NONE);
		rules_finish(&run.rules, &run.overview);
		budgets_finish(&run.budgets);
		check_totals(&run);
	}
	overview_release(&run.overview);
	rules_release(&run.rules);
	budgets_release(&run.budgets);
	dump_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[INPUT_PATH_BYTES];

	if (size < 1)
		return 0;

	int file = input_file(data, size, path);

	read_all(path, false);
	read_all(path, true);
	(void)close(file);
	return 0;
}
