/* account_check refuses an account in which a record is missing or counted twice. */
#include <criterion/criterion.h>
#include <string.h>

#include "trace/convert/account.h"
#include "trace/error/testing.h"

static struct timeline timeline;
static struct account account;

/** Sets up an account of ten marks: seven are drawn, two are outside of the window, and one is left out. */
static void start(void)
{
	static const struct timeline_options all = TIMELINE_ALL;
	static const struct timeline_sink none;

	timeline_open(&timeline, &all, &none);
	timeline.totals.events[TRACE_MARK] = 10;
	timeline.totals.slots = 21;
	timeline.totals.record_slots = 20;
	timeline.totals.orphans = 1;
	account = (struct account){ 0 };
	account.drawn[TRACE_MARK] = 7;
	account.outside[TRACE_MARK] = 2;
	account.left_out[TRACE_MARK] = 1;
}

Test(account, an_account_with_each_record_once_is_accepted, .init = start)
{
	must_work(account_check(&account, &timeline));
}

Test(account, a_forgotten_record_is_reported_with_all_counts, .init = start)
{
	account.drawn[TRACE_MARK]--;
	cr_expect_eq(account_check(&account, &timeline), ERROR_DATA);
	cr_expect_str_eq(error_message(),
			 "event mark (10): the dump has 10 records, but 6 are drawn, 2 outside of the window and 1 "
			 "left out");
}

Test(account, a_record_drawn_twice_is_reported, .init = start)
{
	account.drawn[TRACE_MARK]++;
	cr_expect_eq(account_check(&account, &timeline), ERROR_DATA);
}

Test(account, a_record_of_an_event_that_is_not_in_the_dump_is_reported, .init = start)
{
	account.drawn[200]++;
	cr_expect_eq(account_check(&account, &timeline), ERROR_DATA);
	cr_expect(strstr(error_message(), "event event_200 (200)"));
}

Test(account, slots_that_belong_to_no_record_are_reported, .init = start)
{
	timeline.totals.slots++;
	cr_expect_eq(account_check(&account, &timeline), ERROR_DATA);
	cr_expect_str_eq(error_message(), "the dump has 22 slots, but 20 are part of a record and 1 are not");
}
