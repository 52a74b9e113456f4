/* hv's <string.h> functions against the host's, over all short lengths, distances and alignments. */
#include <string.h>

#include "hv/testing/testing.h"

#define memcpy tested_memcpy
#define memmove tested_memmove
#define memset tested_memset
#define memcmp tested_memcmp
#define memchr tested_memchr
#define strnlen tested_strnlen
#define strlen tested_strlen
#define strcmp tested_strcmp
#define strchr tested_strchr
#define strrchr tested_strrchr
#include "hv/libc/string.h"

#include "hv/libc/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strnlen
#undef strlen
#undef strcmp
#undef strchr
#undef strrchr

static unsigned char ours[64], theirs[64];

static void fill(void)
{
	for (unsigned i = 0; i < sizeof(ours); i++)
		ours[i] = theirs[i] = (unsigned char)(i * 37 + 1);
}

Test(string, memmove_moves_either_way_at_every_alignment)
{
	for (unsigned to = 0; to < 24; to++)
		for (unsigned from = 0; from < 24; from++)
			for (unsigned length = 0; length <= 40; length++) {
				fill();
				memmove(theirs + to, theirs + from, length);
				require(tested_memmove(ours + to, ours + from, length) == ours + to, "return value");
				require(memcmp(ours, theirs, sizeof(ours)) == 0, "%u bytes from %u to %u", length, from,
					to);
			}
}

Test(string, memset_fills_what_it_is_told_to)
{
	for (unsigned at = 0; at < 16; at++)
		for (unsigned length = 0; length <= 48; length++) {
			fill();
			memset(theirs + at, 0x1a5, length);
			require(tested_memset(ours + at, 0x1a5, length) == ours + at, "return value");
			require(memcmp(ours, theirs, sizeof(ours)) == 0, "%u bytes at %u", length, at);
		}
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

Test(string, comparisons_order_as_the_hosts)
{
	static const char *const texts[] = { "", "a", "b", "ab", "aa", "a\xff", "abc", "abd" };

	for (unsigned i = 0; i < 8; i++)
		for (unsigned j = 0; j < 8; j++) {
			cr_expect_eq(sign(tested_strcmp(texts[i], texts[j])), sign(strcmp(texts[i], texts[j])));
			cr_expect_eq(sign(tested_memcmp(texts[i], texts[j], 1)), sign(memcmp(texts[i], texts[j], 1)));
		}
	cr_expect_eq(tested_memcmp("a", "b", 0), 0);
}

Test(string, searches_find_the_first_and_the_last_and_the_end)
{
	const char *text = "reserved-memory";

	cr_expect_eq(tested_strlen(text), 15);
	cr_expect_eq(tested_strnlen(text, 7), 7);
	cr_expect_eq(tested_strchr(text, 'e'), text + 1);
	cr_expect_eq(tested_strrchr(text, 'e'), text + 10);
	cr_expect_eq(tested_strchr(text, '\0'), text + 15);
	cr_expect_null(tested_strchr(text, 'x'));
	cr_expect_null(tested_strrchr(text, 'x'));
	cr_expect_eq(tested_memchr(text, 'd', 15), (void *)(text + 7));
	cr_expect_null(tested_memchr(text, 'd', 7));
}
