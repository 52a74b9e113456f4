/* The search for where two lists agree again. */
#include "benchmarks/oracle/difference.h"

/* Exits that must be the same for the lists to agree again: exits like each other are frequent. */
#define AGREEMENT 4

/* Whether the lists agree from there on, for a while or to the end of both. */
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

/* Sets what is to be left out on each side: in all as little as there is. */
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
