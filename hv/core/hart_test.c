/* Tests the look-ups in the table of harts. */
#include "hv/core/hart.h"
#include "hv/module/api.h"
#include "hv/testing/testing.h"

#define HARTS 5

static const uint64_t ids[HARTS] = { 7, 1, 0, 3, 1ull << 40 };

static void start(void)
{
	hart_count = HARTS;
	for (unsigned i = 0; i < HARTS; i++) {
		harts[i].id = ids[i];
		harts[i].index = i;
	}
}

Test(hart, a_hart_is_found_by_its_id_wherever_it_is_in_the_table, .init = start)
{
	for (unsigned i = 0; i < HARTS; i++) {
		struct hart *hart = hart_from_id(ids[i]);

		cr_assert_eq(hart, &harts[i]);
		cr_expect(hart == hart_at(i) && hart_index(hart) == i && hart_id(hart) == ids[i]);
	}
}

Test(hart, hart_from_id_returns_null_for_an_id_that_no_hart_has, .init = start)
{
	for (uint64_t id = 0; id < 2 * CONFIG_MAX_HARTS; id++)
		if (id != 7 && id != 1 && id != 0 && id != 3)
			cr_expect_null(hart_from_id(id));
	cr_expect_null(hart_from_id(~0ull));
	hart_count = 1;
	cr_expect_null(hart_from_id(1), "an entry behind the last hart");
}

Test(hart, the_set_of_all_harts_contains_exactly_the_existing_harts)
{
	for (hart_count = 1; hart_count <= CONFIG_MAX_HARTS; hart_count++) {
		struct hart_set all = hart_set_all();

		cr_assert_eq(hart_total(), hart_count);
		for (unsigned i = 0; i < CONFIG_MAX_HARTS; i++)
			require(hart_set_has(&all, i) == (i < hart_count), "%u of %u", i, hart_count);
	}
}

Test(hart, a_module_can_find_its_state_on_another_hart, .init = start)
{
	const uint8_t *state = (const uint8_t *)&harts[3].modules;

	for (unsigned i = 0; i < HARTS; i++)
		cr_expect_eq(module_state_at(state, i), &harts[i].modules);
}
