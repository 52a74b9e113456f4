/* Tests that the search finds exactly those exits that are in only one of the two lists. */
#include "benchmarks/oracle/difference.h"

#include <criterion/criterion.h>
#include <string.h>

#include "trace/error/testing.h"

#define EXITS 1000
#define MOST 16

static struct exit_list expected, recorded;
static struct difference found[MOST];
static unsigned count;

static struct oracle_exit exit_at(uint64_t pc)
{
	return (struct oracle_exit){ .pc = pc, .value = 3 * pc, .place = pc, .cause = 9, .before = 1 };
}

/* Makes two lists that contain the same exits. The places of the exits in log and trace differ. */
static void start(void)
{
	exit_list_release(&expected);
	exit_list_release(&recorded);
	count = 0;
	for (uint64_t pc = 0; pc < EXITS; pc++) {
		struct oracle_exit exit = exit_at(pc);

		must_work(exit_list_add(&expected, &exit));
		exit.place += 7;
		must_work(exit_list_add(&recorded, &exit));
	}
}

static void note(const struct difference *difference, void *context)
{
	(void)context;
	if (count < MOST)
		found[count] = *difference;
	count++;
}

static uint64_t search(void)
{
	count = 0;
	return difference_search(&expected, &recorded, note, NULL);
}

static void drop(struct exit_list *list, size_t first, size_t exits)
{
	memmove(&list->exit[first], &list->exit[first + exits], (list->count - first - exits) * sizeof(*list->exit));
	list->count -= exits;
}

static void expect(unsigned number, size_t missing_at, size_t missing, size_t extra_at, size_t extra)
{
	cr_assert_lt(number, count);
	cr_expect_eq(found[number].missing, missing);
	cr_expect_eq(found[number].extra, extra);
	cr_expect_eq(found[number].expected, missing_at);
	cr_expect_eq(found[number].recorded, extra_at);
}

Test(difference, the_same_exits_at_other_places_do_not_differ, .init = start)
{
	cr_expect_eq(search(), 0);
	cr_expect_eq(count, 0);
	expected.count = recorded.count = 0;
	cr_expect_eq(search(), 0);
}

Test(difference, a_change_of_any_compared_field_is_a_difference, .init = start)
{
	const struct oracle_exit good = recorded.exit[500];

	for (unsigned field = 0; field < 5; field++) {
		struct oracle_exit bad = good;

		bad.pc += field == 0;
		bad.value ^= field == 1 ? 1ull << 63 : 0;
		bad.cause ^= field == 2 ? 0x80 : 0;
		bad.before ^= field == 3;
		bad.after ^= field == 4;
		recorded.exit[500] = bad;
		cr_expect_eq(search(), 1, "field %u", field);
		cr_assert_eq(count, 1);
		expect(0, 500, 1, 500, 1);
	}
}

Test(difference, a_missing_or_an_extra_exit_is_found_at_any_place, .init = start)
{
	static const size_t places[] = { 0, 1, 500, EXITS - 2, EXITS - 1 };

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		start();
		drop(&recorded, places[i], 1);
		cr_expect_eq(search(), 1);
		cr_assert_eq(count, 1);
		expect(0, places[i], 1, places[i], 0);
		start();
		drop(&expected, places[i], 1);
		cr_expect_eq(search(), 1);
		cr_assert_eq(count, 1);
		expect(0, places[i], 0, places[i], 1);
	}
}

Test(difference, several_differences_are_reported_separately, .init = start)
{
	drop(&recorded, 100, 150);
	drop(&expected, 600, 3);
	recorded.exit[recorded.count - 1].pc = 0;
	cr_expect_eq(search(), 150 + 3 + 1);
	cr_assert_eq(count, 3);
	expect(0, 100, 150, 100, 0);
	expect(1, 600, 0, 450, 3);
}

Test(difference, all_remaining_exits_differ_if_the_lists_match_again_only_beyond_the_search_range, .init = start)
{
	drop(&recorded, 100, 2 * DIFFERENCE_REACH + 1);
	cr_expect_eq(search(), EXITS - 100);
	cr_assert_eq(count, 1);
	expect(0, 100, EXITS - 100, 100, EXITS - 100 - (2 * DIFFERENCE_REACH + 1));
}

Test(difference, all_exits_are_missing_from_an_empty_list, .init = start)
{
	recorded.count = 0;
	cr_expect_eq(search(), EXITS);
}
