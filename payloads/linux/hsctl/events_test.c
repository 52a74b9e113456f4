/* Tests the parsing of masks, the suggestions for misspelled names, and the names of causes. */
#include <criterion/criterion.h>

#include "abi/hartscope.h"
#include "payloads/linux/hsctl/events.h"
#include "trace/format/slot.h"

static uint64_t mask;
static char text[EVENTS_NAME_BYTES];

Test(events, a_mask_may_be_a_list_of_names_a_number_or_all)
{
	cr_expect(events_parse_mask("exit", &mask, text));
	cr_expect_eq(mask, TRACE_BIT(TRACE_EXIT));
	cr_expect(events_parse_mask("mark,ipi_send", &mask, text));
	cr_expect_eq(mask, TRACE_BIT(TRACE_MARK) | TRACE_BIT(TRACE_IPI_SEND));
	cr_expect(events_parse_mask("0x12", &mask, text));
	cr_expect_eq(mask, 0x12);
	cr_expect(events_parse_mask("all", &mask, text));
	cr_expect_eq(mask, TRACE_MASK_ALL);
}

Test(events, the_first_unknown_name_of_a_mask_is_reported)
{
	static const char *const wrong[][2] = {
		{ "exits", "exits" }, { "exit,", "" }, { "", "" }, { "exit,ipi,mark", "ipi" }, { "ext", "ext" },
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_expect_not(events_parse_mask(wrong[i][0], &mask, text), "%s", wrong[i][0]);
		cr_expect_str_eq(text, wrong[i][1]);
	}
}

Test(events, a_suggested_name_is_always_a_valid_one)
{
	static const char *const typed[][2] = {
		{ "exits", "exit" }, { "ipi_sent", "ipi_send" }, { "makr", "mark" }, { "nothing", "" }
	};

	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		struct nearest search;

		nearest_begin(&search, typed[i][0]);
		events_offer(&search);
		cr_expect_str_eq(search.best, typed[i][1]);
		cr_expect(!*search.best || events_parse_mask(search.best, &mask, text));
	}
}

Test(events, a_cause_has_the_manuals_name_or_else_a_number)
{
	events_cause_name(2, text);
	cr_expect_str_eq(text, "illegal_instruction");
	events_cause_name(HARTSCOPE_CAUSE_INTERRUPT + 7, text);
	cr_expect_str_eq(text, "machine_timer_interrupt");
	events_cause_name(24, text);
	cr_expect_str_eq(text, "exception_24");
	events_cause_name(63, text);
	cr_expect_str_eq(text, "interrupt_31");
}
