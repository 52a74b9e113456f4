/* Tests of the memory for slots before a trigger. */
#include <criterion/criterion.h>

#include "trace/error/testing.h"
#include "trace/trigger/hold.h"

#define BLOCK_BYTES sizeof(struct hold_block)

/** Adds records of one slot. Every hundredth is a SYNC record. Each is 1 ns later than the one before. */
static void add(struct hold *hold, uint32_t hart, uint64_t first, uint64_t count, int64_t horizon)
{
	for (uint64_t i = first; i < first + count; i++) {
		struct trace_slot slot = { 1, i };

		must_work(
			hold_add(hold, hart, &(struct hold_record){ &slot, 1, i, (int64_t)i, i % 100 == 0 }, horizon));
	}
}

/** Returns how many slots of a hart are held. The test fails if they are not the ones before @p next, in order. */
static uint64_t held(const struct hold *hold, uint32_t hart, uint64_t next)
{
	uint64_t slots = 0;

	for (const struct hold_block *block = hold->hart[hart].oldest; block; block = block->next) {
		for (uint32_t i = 0; i < block->count; i++)
			cr_assert_eq(block->slots[i].payload, block->first + i);
		if (block->next)
			cr_assert_eq(block->first + block->count, block->next->first);
		else
			cr_assert_eq(block->first + block->count, next);
		slots += block->count;
	}
	return slots;
}

Test(hold, a_full_memory_keeps_the_newest_slots_and_remembers_what_it_dropped)
{
	struct hold hold;

	must_work(hold_open(&hold, 2, 6 * BLOCK_BYTES));
	add(&hold, 1, 0, 10, INT64_MIN);
	add(&hold, 0, 0, 100000, INT64_MIN);
	cr_expect_leq(hold.blocks, 6);
	cr_expect_eq(held(&hold, 1, 10), 10, "the only block of a quiet hart stays");
	cr_expect_gt(held(&hold, 0, 100000), 4 * HOLD_SLOTS - 1);
	cr_expect_eq(hold.crowded_ns, (int64_t)(100000 - held(&hold, 0, 100000)) - 1);
	hold_close(&hold);
}

Test(hold, slots_before_the_horizon_are_dropped_except_the_last_two_sync_records)
{
	struct hold hold;

	must_work(hold_open(&hold, 1, 1000 * BLOCK_BYTES));
	add(&hold, 0, 0, 50000, INT64_MIN);
	add(&hold, 0, 50000, 2 * HOLD_SLOTS, 40000);
	cr_expect_eq(hold.crowded_ns, INT64_MIN, "nothing was dropped for lack of memory");
	cr_expect_gt(held(&hold, 0, 50000 + 2 * HOLD_SLOTS), 12048);
	cr_expect_lt(held(&hold, 0, 50000 + 2 * HOLD_SLOTS), 12048 + 3 * HOLD_SLOTS);
	hold_close(&hold);
}

Test(hold, a_memory_that_is_too_small_for_the_harts_is_refused)
{
	struct hold hold;

	cr_expect_eq(hold_open(&hold, 4, hold_least(4) - 1), ERROR_OPTION);
	hold_close(&hold);
	must_work(hold_open(&hold, 4, hold_least(4)));
	for (uint64_t i = 0; i < 5000; i++)
		for (uint32_t hart = 0; hart < 4; hart++)
			add(&hold, hart, i, 1, INT64_MIN);
	cr_expect_leq(hold.blocks, 9);
	hold_close(&hold);
}
