#include "trace/dump/nearest.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = { "mret", "mscratch", "mstatus", "set_timer", "send_ipi", "load_misaligned" };

static void expect_of(const char *const *known, size_t count, const char *typed, const char *meant)
{
	struct nearest search;

	nearest_begin(&search, typed);
	for (size_t i = 0; i < count; i++)
		nearest_offer(&search, known[i]);
	cr_expect_str_eq(search.best, meant, "%s: %s", typed, search.best);
}

static void expect(const char *typed, const char *meant)
{
	expect_of(words, sizeof(words) / sizeof(words[0]), typed, meant);
}

Test(nearest, one_missing_added_wrong_or_swapped_letter_is_forgiven)
{
	expect("mrt", "mret");
	expect("mrett", "mret");
	expect("mrex", "mret");
	expect("mrte", "mret");
	expect("set_tmier", "set_timer");
	expect("sendipi", "send_ipi");
}

Test(nearest, case_and_the_separator_between_words_do_not_matter)
{
	expect("MRET", "mret");
	expect("Set-Timer", "set_timer");
	expect("load misaligned", "load_misaligned");
}

Test(nearest, nothing_is_suggested_for_a_word_unlike_all_known_ones)
{
	expect("", "");
	expect("x", "");
	expect("nonsense", "");
	expect("stimer", "");
}

Test(nearest, the_nearest_word_wins_and_the_first_of_equally_near_ones)
{
	static const char *const equals[] = { "cat", "hat", "bath", "bat" };

	expect_of(equals, 4, "rat", "cat");
	expect_of(equals, 4, "Bat", "bat");
}

Test(nearest, words_that_are_too_long_are_ignored)
{
	char typed[3 * NEAREST_BYTES], known[3 * NEAREST_BYTES];

	for (size_t length = 0; length < sizeof(typed); length++) {
		struct nearest search;

		memset(typed, 'a', sizeof(typed));
		typed[length] = '\0';
		memcpy(known, typed, sizeof(known));
		nearest_begin(&search, typed);
		nearest_offer(&search, known);
		cr_expect_str_eq(search.best, length < NEAREST_BYTES ? known : "");
	}
}

Test(nearest, the_message_is_empty_or_asks_for_the_nearest_word)
{
	struct nearest search;
	char text[NEAREST_MESSAGE_BYTES];

	nearest_begin(&search, "mert");
	cr_expect_str_eq(nearest_message(&search, text), "");
	nearest_offer(&search, "mret");
	cr_expect_str_eq(nearest_message(&search, text), ": did you mean mret?");
}
