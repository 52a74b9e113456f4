/* Tests that the check finds each broken rule and accepts a correct trace. Also tests to which exits a budget
 * applies. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/check/budget.h"
#include "trace/check/rules.h"
#include "trace/error/testing.h"

#define HARTS 2
#define MOST 64

/** A RING chunk. It contains slots of a hart, and the number of slots that were lost before them. */
struct trace {
	struct dump_ring ring;
	struct trace_slot slot[MOST];
};

/** Adds a record. @p words are its words; the header slot contains the first word, and @p ext further words follow. */
static void add(struct trace *trace, uint8_t id, uint64_t time, unsigned ext, const uint64_t *words)
{
	trace->ring.count += trace_slots_make(trace->slot + trace->ring.count, time, id, ext, words);
}

static void add_one(struct trace *trace, uint8_t id, uint64_t time, uint64_t word)
{
	add(trace, id, time, 0, &word);
}

static uint64_t exit_word(uint64_t duration, uint64_t cause, uint64_t before, uint64_t after, uint64_t outcome)
{
	struct trace_exit exit = {
		.duration = duration, .cause = cause, .before = before, .after = after, .outcome = outcome
	};
	uint64_t words[1 + TRACE_EXIT_EXT];

	trace_exit_pack(exit, words);
	return words[0];
}

static void add_sync_of(struct trace *trace, uint64_t time, struct trace_sync sync)
{
	uint64_t words[1 + TRACE_SYNC_EXT];

	trace_sync_pack(sync, words);
	add(trace, TRACE_SYNC, time, TRACE_SYNC_EXT, words);
}

static void add_sync(struct trace *trace, uint64_t time)
{
	add_sync_of(trace, time, (struct trace_sync){ .mcycle = time - 2, .mtime = time / 100, .mcycle_again = time });
}

static void ignore(enum rule rule, uint32_t hart, const struct trace_record *record, void *context)
{
	(void)rule, (void)hart, (void)record, (void)context;
}

struct run {
	struct overview overview;
	struct rules rules;
	struct budgets budgets;
};

static enum error visit(const struct trace_record *record, void *context)
{
	struct run *run = context;

	RETURN_IF_ERROR(rules_record(&run->rules, &run->overview, record));
	return budgets_record(&run->budgets, record);
}

static void take(struct run *run, uint32_t type, const void *payload, size_t bytes)
{
	struct dump_view view = { .chunk = { .type = type, .length = (uint32_t)bytes }, .payload = payload };

	must_work(overview_add(&run->overview, &view, visit, run));
}

/** Starts a run, and passes the chunks with the machine and the schema to it. */
static void begin(struct run *run)
{
	struct {
		struct dump_machine machine;
		uint64_t ids[HARTS];
	} machine = { .machine = { .harts = HARTS, .timebase_hz = 1000 } };
	char *schema;

	must_work(schema_text(&schema));

	*run = (struct run){ .rules = { .partial = true, .broken = ignore } };
	take(run, DUMP_MACHINE, &machine, sizeof(machine));
	take(run, DUMP_SCHEMA, schema, strlen(schema));
	free(schema);
}

/** Passes a chunk of hart 1 to the run. */
static void feed(struct run *run, struct trace *trace)
{
	trace->ring.hart = 1;
	take(run, DUMP_RING, trace, sizeof(trace->ring) + trace->ring.count * TRACE_SLOT_BYTES);
}

static void finish(struct run *run)
{
	must_work(overview_finish(&run->overview, visit, run));
	rules_finish(&run->rules, &run->overview);
	budgets_finish(&run->budgets);
}

static void release(struct run *run)
{
	overview_release(&run->overview);
	rules_release(&run->rules);
	budgets_release(&run->budgets);
}

/** Expects that a trace breaks the rule @p rule exactly @p times times, and breaks no other rule. If @p rule is RULES,
 * expects that the trace breaks no rule at all. */
static void expect_broken(struct trace *trace, unsigned rule, uint64_t times)
{
	struct run run;

	begin(&run);
	feed(&run, trace);
	finish(&run);
	for (unsigned i = 0; i < RULES; i++)
		cr_expect_eq(run.rules.count[i], i == rule ? times : 0, "%s: %lu", rule_name[i], run.rules.count[i]);
	release(&run);
}

/** Adds records that break no rule. */
static void add_good(struct trace *trace)
{
	add_sync(trace, 100);
	add_one(trace, TRACE_EXIT, 200, exit_word(50, 9, 1, 0, TRACE_FORWARDED));
	add_one(trace, TRACE_EXIT, 300, exit_word(100, 2, 0, 1, TRACE_EMULATED));
	add_one(trace, TRACE_WFI_ENTER, 310, 0);
	add_one(trace, TRACE_WFI_LEAVE, 320, 0);
	add_one(trace, TRACE_IPI_SEND, 330, trace_flow(0, 5));
	add_one(trace, TRACE_IPI_RECV, 340, trace_flow(1, 8));
}

Test(rules, a_correct_trace_breaks_no_rule)
{
	struct trace trace = { 0 };

	add_good(&trace);
	expect_broken(&trace, RULES, 0);
}

Test(rules, an_ext_slot_without_its_header_is_found)
{
	struct trace trace = { 0 };

	add_good(&trace);
	trace.slot[trace.ring.count++] = (struct trace_slot){ 345, 7 };
	expect_broken(&trace, RULE_SLOTS, 1);
}

Test(rules, an_ext_slot_without_its_header_is_accepted_after_a_gap)
{
	struct trace trace = { .ring = { .first = 10, .lost = 10 } };

	trace.slot[trace.ring.count++] = (struct trace_slot){ 50, 7 };
	add_good(&trace);
	expect_broken(&trace, RULES, 0);
}

Test(rules, an_event_that_the_schema_lacks_is_found)
{
	struct trace trace = { 0 };

	add_good(&trace);
	add_one(&trace, 99, 400, 0);
	add(&trace, TRACE_WFI_ENTER, 500, 1, (const uint64_t[]){ 0, 0 });
	expect_broken(&trace, RULE_EVENT, 2);
}

Test(rules, time_that_goes_backwards_is_found)
{
	struct trace trace = { 0 };

	add_good(&trace);
	add_one(&trace, TRACE_MARK, 339, 0);
	expect_broken(&trace, RULE_TIME, 1);
}

Test(rules, a_clock_that_goes_backwards_is_found)
{
	struct trace trace = { 0 };

	add_good(&trace);
	add_sync_of(&trace, 400, (struct trace_sync){ .mcycle = 400, .mcycle_again = 400 });
	expect_broken(&trace, RULE_SYNC, 1);
}

Test(rules, an_exit_from_a_world_that_does_not_exist_is_found)
{
	struct trace trace = { 0 };

	add_one(&trace, TRACE_EXIT, 200, exit_word(50, 9, 2, 0, TRACE_FORWARDED));
	expect_broken(&trace, RULE_EXIT, 1);
}

Test(rules, exits_that_overlap_are_found_unless_the_duration_is_saturated)
{
	struct trace trace = { 0 };

	add_good(&trace);
	add_one(&trace, TRACE_EXIT, 400, exit_word(101, 9, 1, 1, TRACE_OFFLOADED));
	add_one(&trace, TRACE_EXIT, 500, exit_word(UINT32_MAX, 9, 1, 1, TRACE_OFFLOADED));
	expect_broken(&trace, RULE_OVERLAP, 1);
}

Test(rules, an_exit_that_began_before_mcycle_was_zero_is_found)
{
	struct trace trace = { 0 };

	add_good(&trace);
	add_one(&trace, TRACE_EXIT, 400, exit_word(UINT32_MAX - 100, 9, 1, 1, TRACE_OFFLOADED));
	expect_broken(&trace, RULE_OVERLAP, 1);
}

Test(rules, an_exit_from_the_wrong_world_is_found_except_after_a_gap_or_sync)
{
	struct trace trace = { 0 };

	add_good(&trace);
	add_one(&trace, TRACE_EXIT, 400, exit_word(10, 2, 0, 0, TRACE_EMULATED));
	add_sync(&trace, 450);
	add_one(&trace, TRACE_EXIT, 500, exit_word(10, 9, 1, 0, TRACE_FORWARDED));
	add(&trace, TRACE_LOST, 510, 2, (const uint64_t[]){ 3, 501, 509 });
	add_one(&trace, TRACE_EXIT, 600, exit_word(10, 9, 1, 0, TRACE_FORWARDED));
	expect_broken(&trace, RULE_WORLD, 1);
}

Test(rules, a_sleep_that_ends_twice_is_found)
{
	struct trace trace = { 0 };

	add_good(&trace);
	add_one(&trace, TRACE_WFI_LEAVE, 400, 0);
	expect_broken(&trace, RULE_WFI, 1);
}

Test(rules, an_interrupt_received_twice_or_by_the_wrong_hart_is_found)
{
	struct trace trace = { 0 };

	add_good(&trace);
	add_one(&trace, TRACE_IPI_RECV, 400, trace_flow(1, 8));
	add_one(&trace, TRACE_IPI_RECV, 400, trace_flow(0, 9));
	add_one(&trace, TRACE_IPI_SEND, 400, trace_flow(7, 9));
	expect_broken(&trace, RULE_FLOW, 3);
}

/** Checks a trace whose dump contains the given statistics of hart 1. @return how often @p rule is broken */
static uint64_t broken_in(struct trace *trace, enum rule rule, const struct dump_statistics *statistics)
{
	struct run run;
	uint64_t count;

	begin(&run);
	run.rules.partial = false;
	feed(&run, trace);
	take(&run, DUMP_STATISTICS, &(struct dump_statistics){ .hart = 0 }, sizeof(*statistics));
	take(&run, DUMP_STATISTICS, statistics, sizeof(*statistics));
	finish(&run);
	count = run.rules.count[rule];
	release(&run);
	return count;
}

/** Does the same for a trace that is correct by itself. */
static uint64_t broken_by(enum rule rule, const struct dump_statistics *statistics)
{
	struct trace trace = { 0 };

	add_good(&trace);
	return broken_in(&trace, rule, statistics);
}

Test(rules, statistics_that_do_not_add_up_are_found)
{
	struct dump_statistics right = { .hart = 1, .emitted = 10, .read = 10 }, wrong = right;

	cr_expect_eq(broken_by(RULE_STATISTICS, &right), 0);
	right.emitted = 15;
	right.lost = 2;
	cr_expect_eq(broken_by(RULE_STATISTICS, &right), 0, "three slots are still in the ring");
	wrong.emitted = 9;
	cr_expect_eq(broken_by(RULE_STATISTICS, &wrong), 1);
	wrong = (struct dump_statistics){ .hart = 1, .emitted = 10, .read = 9 };
	cr_expect_eq(broken_by(RULE_STATISTICS, &wrong), 1);
	wrong = (struct dump_statistics){ .hart = 1, .emitted = 10, .read = 10, .lost = 1 };
	cr_expect_eq(broken_by(RULE_STATISTICS, &wrong), 1);
}

Test(rules, two_or_more_exits_that_hv_has_not_counted_are_found)
{
	struct dump_statistics statistics = { .hart = 1, .emitted = 10, .read = 10 };

	statistics.exits[1][9] = 1;
	cr_expect_eq(broken_by(RULE_COUNTS, &statistics), 0);
	statistics.exits[1][9] = 0;
	statistics.exits[1][8] = 1;
	cr_expect_eq(broken_by(RULE_COUNTS, &statistics), 1);
}

/** Checks a trace with three exits of cause @p cause. hv has counted three exits of cause 8 from the firmware, and three
 * exits under the index @p counted from the payload. @return how often the rule `counts` is broken */
static uint64_t miscounted(unsigned cause, unsigned counted)
{
	struct trace trace = { 0 };
	struct dump_statistics statistics = { .hart = 1, .emitted = 3, .read = 3 };

	for (unsigned i = 1; i <= 3; i++)
		add_one(&trace, TRACE_EXIT, 100 * i, exit_word(50, cause, 1, 1, TRACE_OFFLOADED));
	statistics.exits[0][8] = statistics.exits[1][counted] = 3;
	return broken_in(&trace, RULE_COUNTS, &statistics);
}

Test(rules, exits_are_compared_with_the_count_of_their_cause)
{
	cr_expect_eq(miscounted(7, 7), 0);
	cr_expect_eq(miscounted(31, 31), 0);
	cr_expect_eq(miscounted(TRACE_CAUSE_INTERRUPT | 7, 32 + 7), 0);
	cr_expect_eq(miscounted(TRACE_CAUSE_INTERRUPT | 31, 63), 0);
	cr_expect_eq(miscounted(7, 32 + 7), 1);
	cr_expect_eq(miscounted(TRACE_CAUSE_INTERRUPT | 7, 7), 1);
}

Test(rules, exits_with_a_code_that_no_cause_can_have_are_not_compared_with_any_count)
{
	for (unsigned code = 32; code < TRACE_CAUSE_INTERRUPT; code++) {
		cr_expect_eq(miscounted(code, 0), 0, "exception %u", code);
		cr_expect_eq(miscounted(TRACE_CAUSE_INTERRUPT | code, 0), 0, "interrupt %u", code);
	}
}

/** Applies a budget of @p limit cycles for the exits called @p budget to a trace of SBI calls: a module handles set_timer in 60 cycles, and hv forwards send_ipi to
 * the firmware in 70 cycles. @param exits receives the number of exits that have the budget's name.
 * @return the number of exits that are over the budget */
static uint64_t over(const char *budget, uint64_t limit, uint64_t *exits)
{
	const uint64_t set_timer = 0x54494d45, send_ipi = 0x735049;
	struct trace trace = { 0 };
	struct run run;
	uint64_t count;

	begin(&run);
	must_work(budgets_add(&run.budgets, budget, limit));
	add_one(&trace, TRACE_ECALL, 190, set_timer);
	add_one(&trace, TRACE_EXIT, 200, exit_word(60, 9, 1, 1, TRACE_OFFLOADED));
	add_one(&trace, TRACE_EXIT, 300, exit_word(70, 9, 1, 0, TRACE_FORWARDED));
	add_one(&trace, TRACE_ECALL, 390, send_ipi);
	add(&trace, TRACE_EXIT, 400, 2, (const uint64_t[]){ exit_word(80, 2, 0, 1, TRACE_EMULATED), 0, 0x30200073 });
	add_one(&trace, TRACE_EXIT, 500, exit_word(90, 9, 1, 0, TRACE_FORWARDED));
	feed(&run, &trace);
	finish(&run);
	*exits = run.budgets.budget[0].exits;
	count = run.budgets.budget[0].over;
	cr_expect_eq(budgets_kept(&run.budgets), count == 0);
	release(&run);
	return count;
}

Test(budgets, a_budget_applies_to_exits_of_an_sbi_function_an_instruction_or_a_cause)
{
	static const struct {
		const char *budget;
		uint64_t limit, exits, over;
	} expected[] = {
		{ "set_timer", 60, 1, 0 },     { "set_timer", 59, 1, 1 },
		{ "send_ipi", 69, 1, 1 },      { "mret", 79, 1, 1 },
		{ "mret", 80, 1, 0 },          { "environment_call_from_s_mode", 65, 3, 2 },
		{ "sbi set_timer", 59, 1, 1 }, { "illegal_instruction", 79, 1, 1 },
	};

	for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		uint64_t exits;

		cr_expect_eq(over(expected[i].budget, expected[i].limit, &exits), expected[i].over, "%s",
			     expected[i].budget);
		cr_expect_eq(exits, expected[i].exits, "%s: %lu exits", expected[i].budget, exits);
	}
}

/** Adds an SBI call that hv forwards to the firmware, and the ECALL record that hv writes when the call returns. */
static void add_forwarded_send_ipi(struct trace *trace)
{
	const uint64_t send_ipi = 0x735049;

	add_one(trace, TRACE_EXIT, 300, exit_word(70, 9, 1, 0, TRACE_FORWARDED));
	add_one(trace, TRACE_ECALL, 390, send_ipi);
}

/** Applies a budget of send_ipi to @p trace. @return the number of exits that have this name */
static uint64_t count_send_ipi(struct trace *trace)
{
	struct run run;
	uint64_t exits;

	begin(&run);
	must_work(budgets_add(&run.budgets, "send_ipi", 1));
	feed(&run, trace);
	finish(&run);
	exits = run.budgets.budget[0].exits;
	release(&run);
	return exits;
}

Test(budgets, a_budget_applies_to_a_call_whose_ecall_record_is_the_last_record)
{
	struct trace trace = { 0 };

	add_forwarded_send_ipi(&trace);
	cr_expect_eq(count_send_ipi(&trace), 1);
}

Test(budgets, a_budget_applies_to_a_call_whose_ecall_record_comes_before_lost_records)
{
	struct trace trace = { 0 };

	add_forwarded_send_ipi(&trace);
	add(&trace, TRACE_LOST, 410, 2, (const uint64_t[]){ 3, 391, 400 });
	add_one(&trace, TRACE_EXIT, 500, exit_word(10, 9, 1, 1, TRACE_OFFLOADED));
	cr_expect_eq(count_send_ipi(&trace), 1);
}

/** Checks a trace that ends with an exit by mret. The exit takes 100 cycles and ends at mcycle 1000.
 * @param before the records before this exit
 * @return whether the exit stays within a budget of @p limit cycles */
static bool keeps(uint64_t limit, const struct trace *before)
{
	struct trace trace = *before;
	struct run run;
	bool kept;

	begin(&run);
	must_work(budgets_add(&run.budgets, "mret", limit));
	add(&trace, TRACE_EXIT, 1000, 2, (const uint64_t[]){ exit_word(100, 2, 0, 1, TRACE_EMULATED), 0, 0x30200073 });
	feed(&run, &trace);
	finish(&run);
	cr_assert_eq(run.budgets.budget[0].exits, 1);
	kept = budgets_kept(&run.budgets);
	release(&run);
	return kept;
}

Test(budgets, a_budget_includes_the_cycles_before_and_after_the_recorded_duration_of_an_exit)
{
	struct trace trace = { 0 };

	add_sync_of(&trace, 500,
		    (struct trace_sync){ .entry = 30, .leave = 7, .mcycle = 498, .mtime = 5, .mcycle_again = 500 });
	cr_expect(keeps(137, &trace));
	cr_expect_not(keeps(136, &trace));
}

Test(budgets, a_budget_does_not_include_the_time_to_write_sync_and_counters)
{
	struct trace trace = { 0 };

	add_one(&trace, TRACE_OBSERVING, 990, 980);
	cr_expect(keeps(80, &trace));
	cr_expect_not(keeps(79, &trace));

	add_one(&trace, TRACE_OBSERVING, 991,
		990); /* only the first OBSERVING record of an exit counts, so this second one changes nothing */
	cr_expect(keeps(80, &trace));
	cr_expect_not(keeps(79, &trace));
}

Test(budgets, a_budget_ignores_a_time_for_sync_and_counters_that_is_longer_than_the_exit)
{
	const uint64_t since[] = { 0, 800, 900, 1000, 1001, UINT64_MAX };

	for (unsigned i = 0; i < sizeof(since) / sizeof(since[0]); i++) {
		struct trace trace = { 0 };

		add_one(&trace, TRACE_OBSERVING, 950, since[i]);
		cr_expect(keeps(100, &trace), "%lu", since[i]);
		cr_expect_not(keeps(99, &trace), "%lu", since[i]);
	}
}

Test(budgets, a_budget_ignores_the_time_for_sync_and_counters_of_an_exit_that_was_lost)
{
	struct trace trace = { 0 };

	add_one(&trace, TRACE_OBSERVING, 950, 940);
	add(&trace, TRACE_LOST, 960, 2, (const uint64_t[]){ 3, 950, 955 });
	cr_expect(keeps(100, &trace));
	cr_expect_not(keeps(99, &trace));
}
