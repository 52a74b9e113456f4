/* Tests that the cache returns the right name whatever was looked up before, and that it seldom has to make a name again. */
#include "trace/convert/name_cache.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define LISTS (NAME_FIELD + TRACE_TYPES)

static char no_config[] = "";
static struct timeline timeline = { .machine.config = no_config };

static struct name_cache *new_cache(void)
{
	struct name_cache *cache = calloc(1, sizeof(*cache));

	cr_assert_not_null(cache);
	cache->timeline = &timeline;
	return cache;
}

Test(name_cache, a_name_does_not_depend_on_what_was_looked_up_before)
{
	struct name_cache *used = new_cache(), *empty = new_cache();

	for (unsigned i = 0; i < 20000; i++) {
		struct name_key key = { .list = NAME_MODULE_EVENT +
						(unsigned)rand() % (NAME_SBI - NAME_MODULE_EVENT + 1) };

		/* values that differ in a few bits only, in every part of a word */
		key.value = (uint64_t)(rand() % 8) << (unsigned)rand() % 61;

		const char *found = name_cache_find(used, key)->text;

		cr_assert_str_eq(found, name_cache_find(empty, key)->text, "list %u, value %lx", key.list, key.value);
		memset(empty->set, 0, sizeof(empty->set));
	}
	free(used);
	free(empty);
}

Test(name_cache, small_values_of_all_lists_stay_in_the_cache_together)
{
	struct name_cache *cache = new_cache();
	uint64_t made;

	for (unsigned round = 0; round < 2; round++) {
		made = cache->made;
		for (unsigned list = NAME_NONE + 1; list < LISTS; list++)
			for (uint64_t value = 0; value < 4; value++)
				(void)name_cache_find(cache, (struct name_key){ list, value });
	}
	cr_expect_leq(cache->made - made, LISTS / 4);
	free(cache);
}
