/* Compares hv's <string.h> functions with the host's, for all short lengths, distances and alignments. */
#include <string.h>

#include "hv/testing/testing.h"

#define memcpy tested_memcpy
#define memmove tested_memmove
#define memset tested_memset
#define memcmp tested_memcmp
#define strcmp tested_strcmp
#include "hv/libc/string.h"

#include "hv/libc/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strcmp

static unsigned char ours[64] __attribute__((aligned(8))), theirs[64];

static void fill(void)
{
	for (unsigned i = 0; i < sizeof(ours); i++)
		ours[i] = theirs[i] = (unsigned char)(i * 37 + 1);
}

Test(string, memmove_copies_in_both_directions_at_every_alignment)
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

static void compare_memset(int byte, unsigned at, unsigned length)
{
	fill();
	memset(theirs + at, byte, length);
	require(tested_memset(ours + at, byte, length) == ours + at, "return value");
	require(memcmp(ours, theirs, sizeof(ours)) == 0, "%u bytes %x at %u", length, (unsigned)byte, at);
}

Test(string, memset_fills_only_the_requested_bytes)
{
	for (unsigned at = 0; at < 16; at++)
		for (unsigned length = 0; length <= 48; length++) {
			compare_memset(0x1a5, at, length);
			compare_memset(0, at, length);
		}
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

Test(string, comparisons_have_the_same_result_as_the_hosts)
{
	static const char *const texts[] = { "", "a", "b", "ab", "aa", "a\xff", "abc", "abd" };

	for (unsigned i = 0; i < 8; i++)
		for (unsigned j = 0; j < 8; j++) {
			cr_expect_eq(sign(tested_strcmp(texts[i], texts[j])), sign(strcmp(texts[i], texts[j])));
			cr_expect_eq(sign(tested_memcmp(texts[i], texts[j], 1)), sign(memcmp(texts[i], texts[j], 1)));
		}
	cr_expect_eq(tested_memcmp("a", "b", 0), 0);
}
