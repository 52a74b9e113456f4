/* Tests of the language of triggers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/error/testing.h"
#include "trace/trigger/trigger.h"

static struct dump_schema schema;

static void read_own_schema(void)
{
	char *text;

	must_work(schema_text(&text));
	must_work(schema_parse(&schema, text, strlen(text)));
	free(text);
}

/** A record with all its slots. */
struct made {
	struct trace_slot slots[TRACE_RECORD_SLOTS];
	struct trigger_record record;
};

static void make(struct made *made, unsigned event, unsigned extra, const uint64_t *words)
{
	(void)trace_slots_make(made->slots, 1000, event, extra, words);
	made->record = (struct trigger_record){ .slot = made->slots, .extra = extra, .hart = 3, .cycles = 500 };
}

static bool matches(const char *text, const struct made *made)
{
	static const char config[] = "{\"modules\":[{\"name\":\"offload\"}]}";
	struct trigger trigger;

	must_work(trigger_parse(&trigger, text, &schema, config));

	bool result = trigger_matches(&trigger, &made->record, &(struct register_names){ 0 });

	trigger_release(&trigger);
	return result;
}

Test(trigger, an_exit_is_tested_by_its_fields_its_cycles_and_its_names)
{
	uint64_t words[1 + TRACE_EXIT_EXT];
	struct made made;

	read_own_schema();
	trace_exit_pack(
		(struct trace_exit){ .duration = 480, .cause = 2, .module = 1, .pc = 0x80200000, .value = 0x34002573 },
		words);
	make(&made, TRACE_EXIT, TRACE_EXIT_EXT, words);

	static const char *const good[] = { "exit",
					    "exit.cycles>499",
					    "exit.cycles>=500",
					    "exit.cycles = 500",
					    "exit.cycles==500",
					    "exit.cycles!=480",
					    "exit.duration<500",
					    "exit.duration<=480",
					    "exit.cause=illegal_instruction",
					    "exit.cause=2",
					    "exit.cause!=breakpoint",
					    "exit.before=firmware",
					    "exit.module=offload",
					    "exit.pc=0x80200000",
					    "exit.detail=mscratch",
					    "exit.detail='csr mscratch'",
					    "exit.detail!=mret",
					    "  exit.hart=3  and exit.cycles>1 and exit.detail=\"csr mscratch\" " };
	static const char *const bad[] = { "exit.cycles>500",
					   "exit.cycles<500",
					   "exit.cause=breakpoint",
					   "exit.detail=mret",
					   "exit.detail!=mscratch",
					   "exit.hart=2",
					   "exit.module=none",
					   "exit.pc<0x80200000",
					   "mark",
					   "exit.hart=3 and exit.cycles>500" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect(matches(good[i], &made), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not(matches(bad[i], &made), "%s", bad[i]);
}

Test(trigger, an_sbi_call_is_tested_by_its_name_and_by_its_signed_error)
{
	uint64_t words[1 + TRACE_ECALL_EXT];
	struct made made;

	read_own_schema();
	trace_ecall_pack((struct trace_ecall){ .eid = 0x54494d45, .error = (uint64_t)-2 }, words);
	make(&made, TRACE_ECALL, TRACE_ECALL_EXT, words);
	cr_expect(matches("ecall.name=set_timer", &made));
	cr_expect(matches("ecall.name='sbi set_timer'", &made));
	cr_expect_not(matches("ecall.name!=set_timer", &made));
	cr_expect(matches("ecall.error<0", &made));
	cr_expect(matches("ecall.error=-2", &made));
	cr_expect_not(matches("ecall.error<-2", &made));
	make(&made, TRACE_ECALL, 0, words);
	cr_expect_not(matches("ecall.error>=-5", &made), "the record has no such word");
}

Test(trigger, the_largest_numbers_are_compared_without_overflow)
{
	uint64_t words[1 + TRACE_MARK_EXT];
	struct made made;

	read_own_schema();
	trace_mark_pack((struct trace_mark){ .id = ~0ull, .value = 1ull << 63 }, words);
	make(&made, TRACE_MARK, TRACE_MARK_EXT, words);
	cr_expect(matches("mark.id=18446744073709551615", &made));
	cr_expect(matches("mark.value>0x7fffffffffffffff", &made));
}

/** Expects an error whose message has @p reason, and a mark below character @p column, counted from 1. */
static void expect_mistake(const char *text, int column, const char *reason)
{
	struct trigger trigger;
	char mark[300];

	cr_assert_eq(trigger_parse(&trigger, text, &schema, ""), ERROR_OPTION, "%s", text);
	(void)snprintf(mark, sizeof(mark), "\n  %s\n  %*s^", text, column - 1, "");
	cr_expect(strstr(error_message(), reason), "%s", error_message());
	cr_expect(strstr(error_message(), mark), "%s: %s", text, error_message());
	trigger_release(&trigger);
}

Test(trigger, a_message_points_at_the_mistake)
{
	read_own_schema();
	expect_mistake("", 1, "the name of an event is missing");
	expect_mistake("exits.cycles>5", 1, "did you mean exit");
	expect_mistake("exit.cycels>5", 6, "did you mean cycles");
	expect_mistake("exit.", 6, "the name of a field is missing");
	expect_mistake("exit.cycles", 12, "one of = != < <= > >= is missing");
	expect_mistake("exit.cycles ~ 5", 13, "one of = != < <= > >= is missing");
	expect_mistake("exit.cycles>", 13, "the value is missing");
	expect_mistake("exit.cycles>many", 13, "needs a number");
	expect_mistake("exit.cycles>'5'", 13, "needs a number");
	expect_mistake("exit.cycles>18446744073709551616", 13, "needs a number");
	expect_mistake("exit.cause>breakpoint", 11, "use = or !=");
	expect_mistake("exit.cause=breakpiont", 12, "did you mean breakpoint");
	expect_mistake("exit.cause=300", 12, "8 bits");
	expect_mistake("exit.detail=mscrach", 13, "did you mean mscratch");
	expect_mistake("ecall.name=set_tmer", 12, "did you mean set_timer");
	expect_mistake("exit.detail='csr mscratch", 13, "the closing quote is missing");
	expect_mistake("exit.cycles>5 or mark", 15, "continue with `and`");
	expect_mistake("exit.cycles>5 and", 15, "continue with `and`");
	expect_mistake("exit.cycles>5 and mark.id=7", 19, "about the same event");
	expect_mistake("mark and mark and mark and mark and mark and mark and mark and mark and mark", 73,
		       "at most 8 conditions");
}

Test(trigger, a_text_that_is_too_long_or_not_ascii_is_refused)
{
	char text[TRIGGER_TEXT_BYTES + 1];
	struct trigger trigger;

	read_own_schema();
	memset(text, ' ', sizeof(text));
	text[TRIGGER_TEXT_BYTES] = '\0';
	cr_expect_eq(trigger_parse(&trigger, text, &schema, ""), ERROR_OPTION);
	trigger_release(&trigger);
	cr_expect_eq(trigger_parse(&trigger, "exit\n", &schema, ""), ERROR_OPTION);
	trigger_release(&trigger);
}

Test(trigger, events_of_a_newer_hv_can_be_used_and_redefined_ones_keep_their_own_fields)
{
	static const char text[] =
		"event 1 other 1\nfield other size 0 0 16 uint\nevent 40 probe 0\nfield probe mark 0 8 16 uint\n";
	struct made made;

	must_work(schema_parse(&schema, text, strlen(text)));
	make(&made, 40, 0, (const uint64_t[]){ 0x1200 });
	cr_expect(matches("probe.mark=0x12", &made));
	make(&made, 1, 0, (const uint64_t[]){ 7 });
	cr_expect(matches("other.size=7 and other.hart=3", &made));
	expect_mistake("exit.cycles>5", 1, "there is no event with this name");
}
