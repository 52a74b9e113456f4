/* Tests the device tree on a board whose harts may differ: harts that may not join are disabled and take no place. */
#include "hv/core/fdt_testing.h"
#include "hv/core/join.h"

static uint64_t refused;  /* bit n: the hart with id n may not join */
static uint64_t asked;    /* bit n: fdt.c has asked about this hart */
static unsigned repeated; /* how often fdt.c has asked about a hart again */

/* Replaces join.c. */
bool join_allowed(uint64_t id)
{
	repeated += asked >> id & 1;
	asked |= 1ull << id;
	return !(refused >> id & 1);
}

/* Edits the tree of @p shape. The harts that @p bits names may not join. */
static void edit_without(const struct shape *shape, uint64_t bits)
{
	refused = bits;
	asked = repeated = 0;
	cr_assert_eq(edit(shape), ERROR_NONE);
	cr_expect(is_sound(tree, ROOM));
	cr_expect_eq(repeated, 0);
}

static bool is_disabled(unsigned id)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "/cpus/cpu@%x", id);

	const char *status = fdt_getprop(tree, path(name), "status", NULL);

	return status && strcmp(status, "disabled") == 0;
}

Test(fdt_join, a_hart_that_may_not_join_is_disabled_and_not_counted_wherever_it_is, .init = start)
{
	struct shape shape = usual;

	shape.harts = 4;
	for (uint64_t bits = 0; bits < 15; bits++) {
		unsigned count = 0;

		edit_without(&shape, bits);
		cr_expect_eq(asked, 15);
		for (unsigned id = 0; id < shape.harts; id++) {
			bool is_out = bits >> id & 1;

			cr_expect_eq(is_disabled(id), is_out, "hart %u of %lx", id, bits);
			if (is_out)
				continue;
			cr_assert_lt(count, hart_count);
			cr_expect_eq(harts[count].id, id);
			cr_expect_eq(harts[count].vcpu.msip_address, CLINT + 4 * id,
				     "ids keep their places in the CLINT");
			count++;
		}
		cr_expect_eq(hart_count, count);
		cr_expect_eq(facts.hart_count, count);
	}
}

Test(fdt_join, a_hart_that_may_not_join_takes_no_place_from_another, .init = start)
{
	struct shape shape = usual;

	shape.harts = 6;
	edit_without(&shape, 1 << 0 | 1 << 2 | 1 << 3);
	cr_expect_eq(hart_count, 3);
	cr_expect_eq(harts[1].id, 4);
	cr_expect_not(is_disabled(5));
}

Test(fdt_join, harts_that_the_tree_disables_or_that_have_no_mmu_need_not_come, .init = start)
{
	struct shape shape = usual;

	shape.harts = 4;
	shape.status = "disabled";
	shape.without_mmu = 1 << 2;
	edit_without(&shape, 0);
	cr_expect_eq(asked, 1 << 1 | 1 << 3);
	cr_expect_eq(hart_count, 2);
}

Test(fdt_join, a_tree_in_which_no_hart_may_join_is_an_error, .init = start)
{
	refused = ~0ull;
	cr_expect_eq(edit(&usual), ERROR_TREE_NO_HARTS);
}
