/* Tests device trees that lie in the wrong place, and device trees with contents that no machine should have. hv must
 * report an error and never access memory outside the tree. */
#include "hv/core/fdt_testing.h"

/* ---- where the tree lies ---- */

Test(fdt, a_tree_is_edited_at_any_alignment, .init = start)
{
	uint32_t size = build_at(tree + ROOM / 2, &usual);

	for (unsigned offset = 0; offset < 8; offset++) {
		memcpy(tree + offset, tree + ROOM / 2, size);
		cr_expect_eq(take_over(tree + offset), ERROR_NONE);
		memmove(tree, tree + offset, ROOM / 2 - offset);
		cr_expect(is_sound(tree, ROOM));
		expect_reserved(2);
	}
}

Test(fdt, a_tree_at_the_end_of_memory_is_edited_if_there_is_enough_room_behind_it, .init = start)
{
	uint32_t size = build_at(tree + ROOM / 2, &usual), least = ROOM;

	for (uint32_t room = 0; room < 2048; room += 8) {
		uint8_t *at = tree + ((ROOM - size - room) & ~7u);

		/* The mapping ends `room` bytes after the copy, rounded up to 8. The test crashes if hv reads beyond
		 * its end. */
		memcpy(at, tree + ROOM / 2, size);
		if (take_over(at) == ERROR_NONE) {
			least = room < least ? room : least;
			cr_expect_leq(at + fdt_totalsize(at), tree + ROOM);
			cr_expect(is_sound(at, ROOM));
		} else {
			cr_expect_eq(least, ROOM, "%u bytes are enough, but %u are not", least, room);
		}
	}
	cr_expect(least > 64 && least < 512, "%u", least);
}

Test(fdt, a_tree_in_hvs_memory_or_outside_all_memory_is_an_error, .init = start)
{
	struct shape shape = usual;

	(void)build_at(tree, &usual);
	machine = (struct machine){ .hv_base = TREE_ADDRESS, .hv_size = ROOM };
	cr_expect_eq(fdt_take_over(tree, &facts), ERROR_TREE_IN_HV);
	machine = (struct machine){ .hv_base = TREE_ADDRESS + 16, .hv_size = ROOM };
	cr_expect_eq(fdt_take_over(tree, &facts), ERROR_TREE_IN_HV);
	shape.memory[0].size = RAM_SIZE - ROOM;
	cr_expect_eq(edit(&shape), ERROR_TREE_OUTSIDE_MEMORY);
}

/* ---- hostile trees ---- */

/* Writes the three blocks of a tree (strings, structure and reservations) in every possible order. */
Test(fdt, the_blocks_of_a_tree_may_be_in_any_order, .init = start)
{
	static const unsigned orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					      { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	uint8_t *source = tree + ROOM / 2;

	(void)build_at(source, &usual);
	for (unsigned order = 0; order < 6; order++) {
		uint32_t at = 40, starts[] = { fdt_off_mem_rsvmap(source), fdt_off_dt_struct(source),
					       fdt_off_dt_strings(source) };
		uint32_t sizes[] = { 32, fdt_size_dt_struct(source), fdt_size_dt_strings(source) };

		memset(tree, 0, ROOM / 2);
		memcpy(tree, source, 40);
		for (unsigned i = 0; i < 3; i++) {
			unsigned block = orders[order][i];

			memcpy(tree + at, source + starts[block], sizes[block]);
			starts[block] = at;
			at += (sizes[block] + 7) & ~7u;
		}
		fdt_set_off_mem_rsvmap(tree, starts[0]);
		fdt_set_off_dt_struct(tree, starts[1]);
		fdt_set_off_dt_strings(tree, starts[2]);
		fdt_set_totalsize(tree, at);
		cr_expect_eq(take_over(tree), ERROR_NONE);
		cr_expect(is_sound(tree, ROOM), "order %u", order);
		expect_reserved(2);
		cr_expect_eq(fdt_num_mem_rsv(tree), 1);
	}
}

static void damage(uint64_t *seed, uint32_t size)
{
	static const uint32_t numbers[] = {
		0, 1, 2, 3, 4, 9, 0xffffffff, 0x80000000, 0x7fffffff, 40, 0x1000, 0xfffffff0
	};

	for (uint64_t count = random_next(seed) % 6 + 1; count > 0; count--) {
		uint32_t at = (uint32_t)(random_next(seed) % (random_next(seed) % 4 ? size : 56));

		if (random_next(seed) % 2)
			tree[at] = (uint8_t)random_next(seed);
		else
			fdt32_st(tree + (at & ~3u), numbers[random_next(seed) % 12]);
	}
	if (fdt_totalsize(tree) > ROOM / 2) /* such a tree would extend beyond the memory that the test has */
		fdt_set_totalsize(tree, size);
}

Test(fdt, a_damaged_tree_is_either_edited_or_refused, .init = start, .timeout = 300)
{
	uint8_t *source = tree + ROOM / 2;
	uint64_t seed = 1;
	unsigned edited = 0;

	for (unsigned round = 0; round < 200000; round++) {
		static struct shape shape;
		static uint32_t size;

		if (round % 1000 == 0) {
			shape = usual;
			shape.harts = (unsigned)(random_next(&seed) % 4) * 2 + 2;
			shape.reserved = random_next(&seed) % 2;
			shape.aclint = random_next(&seed) % 2;
			shape.imsic = random_next(&seed) % 2;
			shape.sockets = (unsigned)(random_next(&seed) % 2) + 1;
			size = build_at(source, &shape);
		}
		memcpy(tree, source, size + 64);
		damage(&seed, size);
		edited += take_over(tree) == ERROR_NONE && fdt_check_header(tree) == 0;
	}
	cr_expect_gt(edited, 20000, "only %u were edited", edited);
}
