/* Escaped names are valid UTF-8, and every name can be recovered from its escaped form. */
#include "trace/convert/escape.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char text[256], more[256];

static const char *escaped(const char *name)
{
	cr_assert_leq(escape_name(text, name), ESCAPE_FACTOR * strlen(name));
	return text;
}

Test(escape, valid_utf8_of_every_length_stays_as_it_is)
{
	static const char *const names[] = {
		"",     "plain", "with space",       "a\"quote",         "{json}", "back\\slash", "<b>&amp;",
		"\t\n", "ünï→",  "\xf0\x9f\x90\x8d", "\xf4\x8f\xbf\xbf", "a\\x",   "\\xzz"
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect_str_eq(escaped(names[i]), names[i]);
}

Test(escape, bytes_that_are_not_valid_utf8_become_hexadecimal_numbers)
{
	cr_expect_str_eq(escaped("bad\xff\xfe!"), "bad\\xff\\xfe!");
	cr_expect_str_eq(escaped("\xc3"), "\\xc3"); /* the second byte of the character is missing */
	cr_expect_str_eq(escaped("\xe2\x86"), "\\xe2\\x86");
	cr_expect_str_eq(escaped("\xc0\x80"), "\\xc0\\x80"); /* encoded in more bytes than necessary */
	cr_expect_str_eq(escaped("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf");
	cr_expect_str_eq(escaped("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf\\xbf");
	cr_expect_str_eq(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");          /* a surrogate */
	cr_expect_str_eq(escaped("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	cr_expect_str_eq(escaped("\x80"), "\\x80");
}

Test(escape, a_name_that_looks_escaped_stays_different_from_an_escaped_name)
{
	cr_expect_str_eq(escaped("a\\xff"), "a\\x5cxff");
	cr_expect_str_eq(escaped("a\\x5cxff"), "a\\x5cx5cxff");
	cr_expect_str_eq(escaped("\\\xff"), "\\\\xff");
	cr_expect_str_eq(escaped("\\\\xff"), "\\\\x5cxff");
}

Test(escape, an_output_format_can_escape_more_characters)
{
	(void)escape_name(text, "a;b\n\x7f c\\x3b\xff");
	cr_expect_leq(escape_more(more, text, ";"), sizeof(more));
	cr_expect_str_eq(more, "a\\x3bb\\x0a\\x7f c\\x5cx3b\\xff");
}

/** Does the opposite of escape_name() and escape_more(): recovers the original name from the escaped name. */
static void unescape(char *to, const char *from)
{
	for (; *from; from++)
		if (from[0] == '\\' && from[1] == 'x' && strspn(from + 2, "0123456789abcdef") >= 2) {
			const char digits[] = { from[2], from[3], '\0' };

			*to++ = (char)strtoul(digits, NULL, 16);
			from += 3;
		} else {
			*to++ = *from;
		}
	*to = '\0';
}

/** Tries all names that consist of up to six of the characters below. If two names had the same escaped form, it would
 * be impossible to recover both of them. */
Test(escape, every_name_can_be_recovered_from_its_escaped_form)
{
	static const char characters[] = { '\\', 'x', 'f', '5', ';', '\xff', '\n' };
	unsigned count = sizeof(characters), all = count * count * count * count * count * count;

	for (unsigned number = 0; number < all; number++) {
		char name[7] = "", back[64];
		unsigned rest = number;

		for (unsigned i = 0; i < 6; i++, rest /= count)
			name[i] = characters[rest % count];
		(void)escape_name(text, name);
		(void)escape_more(more, text, ";");
		unescape(back, text);
		cr_assert_str_eq(back, name);
		unescape(back, more);
		cr_assert_str_eq(back, name);
	}
}
