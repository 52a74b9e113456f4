/* hstrace check: checks whether a dump keeps the rules in trace/check/rules.def, and whether its exits stay within
 * their latency budgets.
 *
 * Two independent readers process each chunk. The overview assembles records, to which the rules and the budgets are
 * applied. The timeline, which convert and stat also use, computes the times with which the order of interrupts is
 * checked. At the end, the numbers of records that the two readers found are compared. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/check/budget.h"
#include "trace/check/flows.h"
#include "trace/check/overview.h"
#include "trace/check/rules.h"
#include "trace/convert/account.h"
#include "trace/dump/number.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/input.h"
#include "trace/hstrace/options.h"

#define MESSAGES_EACH 5 /* at most this many messages are printed for each rule; later violations are only counted */

struct chosen {
	struct options options;
	bool complete;
	struct budgets budgets;
};

struct check {
	struct chosen chosen;
	struct input input;
	struct dump_view view; /* the current chunk */
	struct overview overview;
	struct rules rules;
	struct flows flows;
	bool reported; /* true if at least one broken rule was reported */
	bool failed;   /* true if at least one error message was printed */
};

enum { KEY_MAX = 256, KEY_COMPLETE };

static const struct argp_child children[] = { { .argp = &options_dumps }, { .argp = &options_json }, { 0 } };

static const struct argp_option own_options[] = {
	{ "max", KEY_MAX, "NAME=CYCLES", 0,
	  "A latency budget: exits with this cause or detail may take at most CYCLES; may be repeated", 0 },
	{ "complete", KEY_COMPLETE, NULL, 0, "Fail if slots are lost", 0 },
	{ 0 },
};

/** Adds the budget of a --max option, "NAME=CYCLES". NAME may also be a name from an earlier version. If the budget is
 * malformed, ends the program with a usage message. */
static void add_budget(struct budgets *budgets, const char *text, const struct argp_state *state)
{
	const char *equals = strchr(text, '=');
	char name[NAMES_BYTES];
	uint64_t cycles;

	if (!equals || equals == text)
		argp_error(state, "--max=%s: a budget is NAME=CYCLES", text);
	/* A longer text is cut, because it is no name of exits anyway. */
	(void)snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);

	const char *present = options_exit_name("--max", name, state);

	if (!number_read(equals + 1, &cycles) || cycles >= TRACE_DURATION_UNKNOWN)
		argp_error(state, "--max=%s: a budget is a number of cycles below 2^32 - 1", text);
	if (budgets_add(budgets, present, cycles) != ERROR_NONE)
		argp_error(state, "--max=%s: %s", text, error_message());
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct chosen *chosen = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_hand_on(state, &chosen->options);
		return 0;
	case KEY_MAX:
		add_budget(&chosen->budgets, argument, state);
		return 0;
	case KEY_COMPLETE:
		chosen->complete = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = own_options,
	.parser = parse,
	.children = children,
	.args_doc = "FILE",
	.doc = "Checks a dump: its structure and check sums; that its records are whole and in order; that worlds, "
	       "sleeps and interrupts are consistent; that its totals add up. Also checks latency budgets. "
	       "FILE may be - for stdin.\v"
	       "Example: hstrace check --max set_timer=500 --max load_address_misaligned=2000 trace.hst\n",
};

/** Reports a broken rule. Reports each rule at most MESSAGES_EACH times. */
static void tell(enum rule rule, uint32_t hart, const struct trace_record *record, void *context)
{
	struct check *check = context;
	char text[256];

	if (check->rules.count[rule] > MESSAGES_EACH)
		return;
	if (!record) {
		(void)command_complain(check->input.command, "%s: hart %u: %s: %s", check->input.path, hart,
				       rule_name[rule], rule_text[rule]);
		return;
	}
	(void)snprintf(text, sizeof(text), "hart %u, slot %" PRIu64 ", mcycle 0x%" PRIx64 ": %s: %s", hart,
		       record->sequence, record->time, rule_name[rule], rule_text[rule]);
	check->reported = true;
	input_complain(&check->input, &check->view, text);
}

/** Reports an interrupt that is out of order. Reports at most MESSAGES_EACH interrupts. */
static void tell_order(uint32_t hart, const char *text, void *context)
{
	struct check *check = context;

	if (check->rules.count[RULE_ORDER]++ < MESSAGES_EACH)
		(void)command_complain(check->input.command, "%s: hart %u: %s: %s", check->input.path, hart,
				       rule_name[RULE_ORDER], text);
}

/** Applies the rules and the budgets to a record. The overview calls this for each record. The records of one hart come
 * in order. */
static enum error visit(const struct trace_record *record, void *context)
{
	struct check *check = context;

	RETURN_IF_ERROR(rules_record(&check->rules, &check->overview, record));
	return budgets_record(&check->chosen.budgets, record);
}

/** Passes the current chunk to both readers. With --salvage, the user knows that the dump is damaged, so it is no error
 * if the timeline refuses data. */
static enum error take(struct check *check)
{
	RETURN_IF_ERROR(overview_add(&check->overview, &check->view, visit, check));

	enum error error = flows_take(&check->flows, &check->view);

	return error == ERROR_DATA && check->chosen.options.salvage ? ERROR_NONE : error;
}

/** Prints the message of @p error immediately, so that messages appear in the same order as their places in the
 * dump. */
static void note(struct check *check, enum error error)
{
	if (error == ERROR_NONE)
		return;
	check->failed = true;
	(void)command_complain(check->input.command, "%s", error_message());
}

/** Reads chunks up to the end of the dump, or up to the first chunk that cannot be read. */
static enum error take_all(struct check *check)
{
	for (;;) {
		enum error error = input_next(&check->input, &check->view);

		note(check, error);
		if (error != ERROR_NONE || !check->view.payload)
			return ERROR_NONE;
		RETURN_IF_ERROR(input_about(&check->input, &check->view, take(check)));
	}
}

/** Reads the whole dump. After that, applies the rules about the totals, even if reading stopped before the dump's
 * end. */
static enum error read_all(struct check *check)
{
	RETURN_IF_ERROR(take_all(check));
	flows_finish(&check->flows, check->chosen.options.salvage || check->reported || check->failed);
	RETURN_IF_ERROR(overview_finish(&check->overview, visit, check));
	budgets_finish(&check->chosen.budgets);
	rules_finish(&check->rules, &check->overview);
	return ERROR_NONE;
}

static uint64_t count_lost(const struct overview *overview)
{
	uint64_t lost = 0;

	for (uint32_t i = 0; i < overview->harts; i++) {
		const struct overview_hart *hart = &overview->hart[i];
		uint64_t seen = record_stream_lost(&hart->stream) + hart->discarded;

		/* In discard mode, hv may discard slots at the very end of a run. No LOST record reports these slots.
		 * Only the statistics count them. */
		lost += hart->has_statistics && hart->statistics.lost > seen ? hart->statistics.lost : seen;
	}
	return lost;
}

static uint64_t count_records(const struct overview *overview)
{
	uint64_t records = 0;

	for (uint32_t hart = 0; hart < overview->harts; hart++)
		records += record_stream_records(&overview->hart[hart].stream);
	return records;
}

/** Prints how many exits stayed within a budget.
 * @param before a text that JSON needs before the budget: a comma, or "" for the first budget */
static void print_budget(const struct budget *budget, bool json, const char *before)
{
	if (json) {
		printf("%s\n    {\"name\": ", before);
		command_json_string(stdout, budget->name, strlen(budget->name));
		printf(", \"limit\": %" PRIu64 ", \"exits\": %" PRIu64 ", \"over\": %" PRIu64 ", \"most\": %" PRIu64
		       "}",
		       budget->limit, budget->exits, budget->over, budget->most);
		return;
	}
	printf("%s: %" PRIu64 " exits, at most %" PRIu64 " cycles, %" PRIu64 " over %" PRIu64, budget->name,
	       budget->exits, budget->most, budget->over, budget->limit);
	if (budget->exits)
		printf(" (the longest: hart %u, slot %" PRIu64 ", mcycle 0x%" PRIx64 ")", budget->worst.hart,
		       budget->worst.sequence, budget->worst.time);
	printf("\n");
}

/** Prints how many interrupts between harts were checked, and how precise the check was. */
static void print_interrupts(const struct flows *flows)
{
	if (flows->pairs)
		printf("%" PRIu64 " interrupts between harts", flows->pairs);
	if (flows->pairs > flows->unordered)
		printf(", the fastest took %" PRId64
		       " ns; the times of sending and receiving together are uncertain by at most %" PRId64 " ns",
		       flows->soonest, flows->uncertainty);
	if (flows->unordered)
		printf("; the order of %" PRIu64 " was not checked, because the uncertainty of their times is unknown",
		       flows->unordered);
	if (flows->pairs)
		printf("\n");
}

/** Compares the number of records that were checked with the number of records that convert would draw and stat would
 * count. Each of the two readers has different code to assemble records, so a difference shows a mistake in one of the
 * readers. */
static void compare_readers(struct check *check)
{
	const struct timeline *timeline = &check->flows.timeline;
	uint64_t counts[SCHEMA_EVENTS];
	char text[SCHEMA_NAME_BYTES];

	overview_count_events(&check->overview, counts);
	for (unsigned id = 0; timeline->lanes && id < SCHEMA_EVENTS; id++) {
		uint64_t drawn = timeline->totals.events[id];

		if (counts[id] != drawn)
			note(check, error_set(ERROR_DATA,
					      "%s: event %s (%u): the dump has %" PRIu64
					      " records, but convert would write %" PRIu64,
					      check->input.path, schema_event_name(timeline->schema, id, text), id,
					      counts[id], drawn));
	}
}

static void print_text(const struct check *check, bool good)
{
	uint64_t counts[SCHEMA_EVENTS];

	for (unsigned i = 0; i < check->chosen.budgets.count; i++)
		print_budget(&check->chosen.budgets.budget[i], false, "");
	for (unsigned rule = 0; rule < RULES; rule++)
		if (check->rules.count[rule])
			printf("%s: broken %" PRIu64 " times: %s\n", rule_name[rule], check->rules.count[rule],
			       rule_text[rule]);
	print_interrupts(&check->flows);
	overview_count_events(&check->overview, counts);
	account_print_counts(stdout, "records:", &check->flows.timeline, counts);
	printf("%s: %" PRIu64 " records of %u harts, %" PRIu64 " slots lost\n", good ? "good" : "bad",
	       count_records(&check->overview), check->overview.harts, count_lost(&check->overview));
}

static void print_json(const struct check *check, bool good)
{
	uint64_t counts[SCHEMA_EVENTS];

	printf("{\n  \"good\": %s, \"records\": %" PRIu64 ", \"lost\": %" PRIu64 ",\n  \"broken\": {",
	       good ? "true" : "false", count_records(&check->overview), count_lost(&check->overview));
	for (unsigned rule = 0; rule < RULES; rule++)
		printf("%s\"%s\": %" PRIu64, rule ? ", " : "", rule_name[rule], check->rules.count[rule]);
	printf("},\n  \"budgets\": [");
	for (unsigned i = 0; i < check->chosen.budgets.count; i++)
		print_budget(&check->chosen.budgets.budget[i], true, i ? "," : "");
	printf("],\n  \"interrupts\": %" PRIu64, check->flows.pairs);
	if (check->flows.pairs > check->flows.unordered)
		printf(", \"soonest_ns\": %" PRId64 ", \"uncertainty_ns\": %" PRId64, check->flows.soonest,
		       check->flows.uncertainty);
	printf(", \"unordered\": %" PRIu64 ",\n  \"events\": [", check->flows.unordered);
	overview_count_events(&check->overview, counts);
	account_print_json_counts(stdout, &check->flows.timeline, counts);
	printf("]\n}\n");
}

/** Checks that no time is too large. @return ERROR_DATA if a hart has times that are too large */
static enum error check_times(const struct check *check)
{
	const struct timeline *timeline = &check->flows.timeline;

	for (uint32_t hart = 0; timeline->lanes && hart < timeline->machine.head.harts; hart++)
		if (!timeline_times_fit(timeline, hart))
			return error_set(ERROR_DATA, "%s: hart %u: %s", check->input.path, hart, TIMELINE_TOO_LATE);
	return ERROR_NONE;
}

/** Checks what --complete requires. @return ERROR_DATA if the option was given and slots are lost */
static enum error check_complete(const struct check *check)
{
	uint64_t lost = count_lost(&check->overview);

	if (!check->chosen.complete || !lost)
		return ERROR_NONE;
	return error_set(ERROR_DATA, "%s: %" PRIu64 " slots are lost", check->input.path, lost);
}

/** Checks the open dump. @return true if the dump passed all checks */
static bool run(struct check *check)
{
	flows_open(&check->flows, tell_order, check);
	check->chosen.budgets.registers = &check->flows.timeline.registers;
	note(check, read_all(check));
	note(check, check_times(check));
	/* After an error, or with --salvage, the two readers may have read different parts of the dump. */
	if (!check->failed && !check->chosen.options.salvage)
		compare_readers(check);
	if (check->overview.has_machine && !check->overview.machine.timebase_hz)
		(void)command_complain(check->input.command,
				       "%s: the rate of mtime is unknown: the order of interrupts was not checked",
				       check->input.path);
	note(check, check_complete(check));
	input_close(&check->input);

	bool good = !check->failed && rules_total(&check->rules) == 0 && budgets_kept(&check->chosen.budgets);

	if (check->chosen.options.json)
		print_json(check, good);
	else
		print_text(check, good);
	flows_close(&check->flows);
	return good;
}

int command_check(int argc, char **argv)
{
	struct check check = { .chosen.options.children = children, .rules = { .broken = tell, .context = &check } };
	bool good = false;

	if (command_parse(&parser, argc, argv, &check.chosen) != ERROR_NONE)
		return command_complain(argv[0], "%s", error_message());
	check.rules.partial = check.chosen.options.salvage;

	enum error error =
		input_open(&check.input, argv[0], check.chosen.options.file[0], check.chosen.options.salvage);

	if (error == ERROR_NONE)
		good = run(&check);
	overview_release(&check.overview);
	rules_release(&check.rules);
	budgets_release(&check.chosen.budgets);
	return command_end(argv[0], error) == COMMAND_GOOD && good ? COMMAND_GOOD : COMMAND_BAD;
}
