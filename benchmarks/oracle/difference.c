/* Compares two lists of exits from the start. Where the lists differ, the search looks for the nearest places after
 * which both lists agree again. It skips as few exits of both lists as possible, and reports the skipped exits as a
 * difference. */
#include "benchmarks/oracle/difference.h"

/* The lists agree again after a difference if this many exits in a row are the same. One equal exit would not be
 * enough, because many exits of a run are equal. */
#define AGREEMENT 4

/* Returns whether the expected list from index @p i on agrees with the recorded list from index @p j on. AGREEMENT
 * exits must be the same, or all exits up to the end of both lists. */
static bool agree(const struct exit_list *expected, size_t i, const struct exit_list *recorded, size_t j)
{
	for (unsigned n = 0; n < AGREEMENT; n++, i++, j++) {
		if (i >= expected->count || j >= recorded->count)
			return i == expected->count && j == recorded->count;
		if (!exit_is_same(&expected->exit[i], &recorded->exit[j]))
			return false;
	}
	return true;
}

/* Sets the number of exits to skip in each list. The sum of both numbers is as small as possible. */
static void measure(const struct exit_list *expected, const struct exit_list *recorded, struct difference *difference)
{
	for (size_t all = 1; all <= (size_t)2 * DIFFERENCE_REACH; all++)
		for (size_t missing = 0; missing <= all; missing++) {
			size_t i = difference->expected + missing, j = difference->recorded + all - missing;

			if (i > expected->count || j > recorded->count || !agree(expected, i, recorded, j))
				continue;
			difference->missing = missing;
			difference->extra = all - missing;
			return;
		}
	difference->missing = expected->count - difference->expected;
	difference->extra = recorded->count - difference->recorded;
}

uint64_t difference_search(const struct exit_list *expected, const struct exit_list *recorded, difference_found *found,
			   void *context)
{
	uint64_t exits = 0;
	size_t i = 0, j = 0;

	while (i < expected->count || j < recorded->count) {
		if (i < expected->count && j < recorded->count &&
		    exit_is_same(&expected->exit[i], &recorded->exit[j])) {
			i++, j++;
			continue;
		}

		struct difference difference = { .expected = i, .recorded = j };

		measure(expected, recorded, &difference);
		found(&difference, context);
		exits += difference.missing > difference.extra ? difference.missing : difference.extra;
		i += difference.missing;
		j += difference.extra;
	}
	return exits;
}
