/* Tests that a ring contains all records that were written, also where a record crosses the border of a segment or the
 * end of the ring, and that hv counts lost slots. */
#include "hv/ring/trace.h"

#include <string.h>

#include "hv/arch/host_hart.h"
#include "hv/testing/testing.h"

#define TIMEBASE 10000000
#define SLOTS CONFIG_TRACE_SLOTS
#define MCYCLE 0xb00
#define EXIT_ENTRY 2
#define EXIT_LEAVE 3
#define HISTORY (4 * SLOTS)

static struct trace_slot ring[SLOTS];
/* copies of all slots that were written since the ring was emptied, by sequence number */
static struct trace_slot history[HISTORY];
static uint64_t mtime;
static struct tracer tracer;

static uint64_t head(void)
{
	return tracer.ring.head / TRACE_SLOT_BYTES;
}

static void start_in(uint64_t mode)
{
	host_hart_reset();
	host_csr_write(MCYCLE, 1000);
	mtime = 500;
	tracer = (struct tracer){ .exit_entry = EXIT_ENTRY, .exit_leave = EXIT_LEAVE };
	trace_wanted.mode = mode;
	trace_wanted.mask = CONFIG_TRACE_MASK;
	trace_start(&tracer, 3, ring, &mtime, TIMEBASE);
	memcpy(history, ring, sizeof(ring[0]) * head());
}

static void start(void)
{
	start_in(HARTSCOPE_MODE_OVERWRITE);
}

/* Writes a record with @p ext EXT slots, and copies all slots that this call has added to the ring to `history`. */
static void write(enum trace_event event, unsigned ext, uint64_t value, uint64_t time)
{
	uint64_t words[] = { value, value + 1, value + 2, value + 3 }, before = head();

	trace_write(&tracer, event, ext, words, time);
	for (uint64_t sequence = before; sequence < head(); sequence++)
		history[sequence % HISTORY] = ring[sequence % SLOTS];
}

static const struct trace_slot *at(uint64_t sequence)
{
	return &ring[sequence % SLOTS];
}

/* ---- records ---- */

Test(trace, a_new_ring_begins_with_a_sync_record, .init = start)
{
	cr_assert_eq(head(), 4);
	cr_expect_eq(trace_slot_event(at(0)), TRACE_SYNC);
	cr_expect_eq(trace_slot_aux(at(0)), 3);

	struct trace_sync sync = trace_sync_of(at(0), TRACE_SYNC_EXT);

	cr_expect_eq(sync.mtime, 500);
	cr_expect_leq(sync.mcycle, sync.mcycle_again);
}

Test(trace, a_record_is_a_header_and_numbered_ext_slots_with_one_timestamp, .init = start)
{
	tracer.sync_at = ~0ull;
	write(TRACE_MARK, 1, 77, 0x123456789abc);
	cr_expect_eq(at(4)->tag, 0x010a123456789abc);
	cr_expect_eq(at(4)->payload, 77);
	cr_expect_eq(at(5)->tag, 0x0000123456789abc);
	cr_expect_eq(at(5)->payload, 78);
	write(TRACE_ECALL, 3, 5, ~0ull);
	cr_expect_eq(at(6)->tag, 0x0308ffffffffffff, "the upper bits of the clock are not the tag's");
	cr_expect_eq(at(9)->tag, 0x0200ffffffffffff);
}

Test(trace, records_at_every_segment_border_are_whole_and_the_ring_has_the_newest_slots, .init = start, .timeout = 60)
{
	uint64_t seed = 1;

	while (head() < 3 * SLOTS + 7) {
		uint64_t before = head();
		unsigned ext = (unsigned)random_next(&seed) % 4;

		write(TRACE_ECALL, ext, before, before);
		require(at(before)->payload == before && trace_slot_aux(at(before)) == ext, "slot %lu", before);
		for (unsigned i = 1; i <= ext; i++)
			require(at(before + i)->payload == before + i, "its EXT slot %u", i);
	}
	for (uint64_t sequence = head() - SLOTS; sequence < head(); sequence++)
		require(memcmp(at(sequence), &history[sequence % HISTORY], sizeof(ring[0])) == 0, "slot %lu", sequence);
}

Test(trace, each_segment_contains_a_sync_record, .init = start, .timeout = 60)
{
	uint64_t last = 0;

	tracer.sync_at = ~0ull; /* so that SYNC is never due because of the time */
	while (head() < 6 * SLOTS) {
		uint64_t before = head();

		/* The lengths vary, so that some records end at a border. */
		write(TRACE_ECALL, (unsigned)(head() / SLOTS) % 4, 0, 0);
		for (uint64_t sequence = before; sequence < head(); sequence++)
			if (trace_slot_event(at(sequence)) == TRACE_SYNC)
				last = sequence;
		require(head() - last < SLOTS / TRACE_SEGMENTS + 2 * TRACE_RECORD_SLOTS, "none since slot %lu", last);
	}
}

Test(trace, the_fast_way_to_write_stays_within_the_segment_and_finds_the_next_slot, .init = start, .timeout = 60)
{
	for (unsigned round = 0; round < 2 * SLOTS; round++) {
		uint64_t here = tracer.ring.head;

		require(tracer.limit >= here && tracer.limit - here <= TRACE_SEGMENT_BYTES, "limit");
		require(here == tracer.limit || here + tracer.bias == (uint64_t)at(head()), "bias at %lu", head());
		write(TRACE_IPI_RECV, 0, round, 0);
	}
}

/* ---- SYNC ---- */

Test(trace, sync_is_due_a_tenth_of_a_second_later_by_the_measured_clock, .init = start)
{
	host_csr_write(MCYCLE, 1000 + 3000000);
	mtime = 500 + TIMEBASE / 1000; /* 3 GHz */
	trace_sync(&tracer);
	cr_expect_gt(tracer.sync_at, 3000000 + 290000000);
	cr_expect_lt(tracer.sync_at, 3000000 + 310000000);

	uint64_t before = head();

	tracer.counters_due = false;
	write(TRACE_MARK, 1, 0, tracer.sync_at - 1);
	cr_expect_eq(head(), before + 2);
	cr_expect_not(tracer.counters_due);
	write(TRACE_MARK, 1, 0, tracer.sync_at);
	cr_expect_eq(head(), before + 2 + 2 + 4);
	cr_expect(tracer.counters_due);
}

Test(trace, sync_stays_neither_too_frequent_nor_too_rare_if_the_clock_stops_or_races, .init = start)
{
	trace_sync(&tracer);
	cr_expect_leq(tracer.sync_at, 1000 + 2000000);
	mtime += TIMEBASE;
	host_csr_write(MCYCLE, 2000);
	trace_sync(&tracer);
	cr_expect_geq(tracer.sync_at, 2000 + 100000, "a clock that crawls does not make each exit write SYNC");
	mtime++;
	host_csr_write(MCYCLE, ~0ull / 2);
	trace_sync(&tracer);
	cr_expect_leq(tracer.sync_at - ~0ull / 2, (1ull << 31) + 1000, "a duration has 32 bits");
}

/* ---- the record of an exit ---- */

#define EXIT_EXT (TRACE_EXIT_SLOTS - 1)

/* Does the work that trap.S does when an exit ends at @p time and SYNC is not due. */
static void end_exit(uint64_t time)
{
	struct trace_slot *slot = tracer.exit_slot;

	for (unsigned i = 0; i < TRACE_EXIT_SLOTS; i++) {
		slot[i].tag = time;
		((uint16_t *)&slot[i].tag)[3] = i ? TRACE_TAG(TRACE_EXT, i - 1) : TRACE_TAG(TRACE_EXIT, EXIT_EXT);
	}
	((uint32_t *)&slot->payload)[0] = (uint32_t)(time - tracer.ring.start);
	tracer.ring.head = tracer.exit_head;
}

#define EXIT_CAUSES (1 + TRACE_FIELD_MOST(EXIT, cause))

/* Makes the words of an exit's record, in the form that trace_prepare_exit expects. */
static void exit_words(uint64_t value, uint64_t words[1 + TRACE_EXIT_EXT])
{
	trace_exit_pack((struct trace_exit){ .cause = value % EXIT_CAUSES, .pc = value + 1, .value = value + 2 },
			words);
}

/* Simulates an exit from @p start to @p time, and copies its slots to `history`. */
static void exit_at(uint64_t start, uint64_t time, uint64_t value)
{
	uint64_t words[1 + TRACE_EXIT_EXT], before = head();

	exit_words(value, words);
	host_csr_write(MCYCLE, time);
	tracer.ring.start = start;
	if (tracer.ring.head + TRACE_EXIT_SLOTS * TRACE_SLOT_BYTES <= tracer.limit) {
		trace_prepare_exit(&tracer, words);
	} else {
		trace_sync_before_exit(&tracer);
		tracer.counters_due = false;
		trace_prepare_exit_over_limit(&tracer, words, 0);
	}
	end_exit(time);
	for (uint64_t sequence = before; sequence < head(); sequence++)
		history[sequence % HISTORY] = ring[sequence % SLOTS];
}

Test(trace, sync_contains_the_cycles_of_an_exit_outside_of_its_two_timestamps, .init = start)
{
	struct trace_sync sync = trace_sync_of(at(0), TRACE_SYNC_EXT);

	cr_expect_eq(sync.entry, EXIT_ENTRY);
	cr_expect_eq(sync.leave, EXIT_LEAVE);
}

Test(trace, exit_records_at_every_segment_border_are_whole_and_follow_a_sync_record, .init = start, .timeout = 60)
{
	uint64_t seed = 3, last = 0;

	tracer.sync_at = ~0ull;
	for (uint64_t i = 0; head() < 20 * SLOTS; i++) {
		uint64_t first = head();

		if (random_next(&seed) % 4 == 0)
			write(TRACE_ECALL, (unsigned)random_next(&seed) % 4, i,
			      0); /* so that exits begin at every slot of a segment */
		exit_at(2000, 2000 + i, i);
		for (uint64_t sequence = first; sequence < head(); sequence++)
			if (trace_slot_event(at(sequence)) == TRACE_SYNC)
				last = sequence;

		const struct trace_slot *record = at(head() - TRACE_EXIT_SLOTS);

		require(tracer.exit_slot == record, "trap.S completes the record of exit %lu, because it does not wrap",
			i);
		require(trace_slot_event(record) == TRACE_EXIT && trace_slot_aux(record) == EXIT_EXT, "exit %lu", i);
		require(trace_exit_of(record, 0).cause == i % EXIT_CAUSES && trace_exit_of(record, 0).duration == i,
			"its fields");
		for (unsigned ext = 1; ext <= EXIT_EXT; ext++)
			require(at(head() - TRACE_EXIT_SLOTS + ext)->payload == i + ext, "its EXT slot %u", ext);
		require(head() - last < SLOTS / TRACE_SEGMENTS + 2 * TRACE_RECORD_SLOTS, "no SYNC since slot %lu",
			last);
		tracer.sync_at = ~0ull;
	}
	for (uint64_t sequence = head() - SLOTS; sequence < head(); sequence++)
		require(memcmp(at(sequence), &history[sequence % HISTORY], sizeof(ring[0])) == 0, "slot %lu", sequence);
}

Test(trace, the_duration_of_a_long_exit_is_right_or_all_ones, .init = start)
{
	static const struct {
		uint64_t took, said;
	} cases[] = {
		{ 0, 0 },
		{ 1ull << 31, 1ull << 31 },
		{ UINT32_MAX - 100, UINT32_MAX - 100 },
		{ UINT32_MAX, UINT32_MAX },
		{ 1ull << 32, UINT32_MAX },
		{ 7ull << 32, UINT32_MAX },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t words[1 + TRACE_EXIT_EXT];

		exit_words(5, words);
		/* as if hv had written SYNC during an exit, so that the next record takes the long path */
		trace_sync(&tracer);
		require(tracer.limit == tracer.ring.head, "the long way");
		tracer.ring.start = 10000;
		host_csr_write(MCYCLE, 10000 + cases[i].took);
		trace_prepare_exit_over_limit(&tracer, words, 0);
		end_exit(10000 + cases[i].took);

		struct trace_exit exit = trace_exit_of(at(head() - TRACE_EXIT_SLOTS), 0);

		require(exit.cause == 5 && exit.duration - cases[i].said < 10, "%lu",
			cases[i].took); /* reading the clock takes some cycles itself */
	}
}

Test(trace, an_exit_that_wrote_sync_records_when_the_observing_began, .init = start)
{
	uint64_t words[1 + TRACE_EXIT_EXT], before = head();

	exit_words(5, words);
	trace_prepare_exit_over_limit(&tracer, words, 4711);
	end_exit(5000);
	cr_expect_eq(trace_slot_event(at(before)), TRACE_OBSERVING);
	cr_expect_eq(trace_observing_of(at(before), 0).since, 4711);
	cr_expect_eq(trace_slot_event(at(before + 1)), TRACE_EXIT);
}

Test(trace, observing_records_fill_the_end_of_the_ring_where_the_record_of_an_exit_does_not_fit, .init = start)
{
	for (unsigned free = 1; free <= TRACE_EXIT_SLOTS; free++) {
		uint64_t words[1 + TRACE_EXIT_EXT] = { 0 }, missing = free < TRACE_EXIT_SLOTS ? free : 0;

		while (head() % SLOTS != SLOTS - free)
			write(TRACE_MARK, 0, 0, 0);

		uint64_t before = head();
		host_csr_write(MCYCLE, 7000);
		trace_prepare_exit_over_limit(&tracer, words, 0);
		end_exit(8000);
		cr_assert_eq(head(), before + missing + TRACE_EXIT_SLOTS, "%u slots are free", free);
		for (uint64_t i = before; i < before + missing; i++)
			cr_expect(trace_slot_event(at(i)) == TRACE_OBSERVING && at(i)->payload >= 7000);
		cr_expect_eq(trace_exit_of(at(before + missing), 0).duration, 8000 - tracer.ring.start);
	}
}

Test(trace, an_overdue_sync_is_written_after_the_exit, .init = start)
{
	uint64_t before = head();

	tracer.counters_due = false;
	cr_expect(trace_sync_late(&tracer, true));
	cr_expect_eq(trace_slot_event(at(before)), TRACE_SYNC);
	cr_expect_eq(head(), before + 4);
	cr_expect(tracer.counters_due);
}

Test(trace, an_exit_without_a_record_does_not_change_the_ring, .init = start)
{
	struct trace_slot before[SLOTS];

	memcpy(before, ring, sizeof(ring));
	trace_prepare_nothing(&tracer);
	end_exit(5000);
	cr_expect_eq(head(), 4);
	cr_expect_eq(memcmp(before, ring, sizeof(ring)), 0);
}

/* ---- discard mode ---- */

static void start_discard(void)
{
	start_in(HARTSCOPE_MODE_DISCARD);
}

Test(trace, a_full_ring_keeps_its_slots_and_counts_further_slots_as_lost, .init = start_discard, .timeout = 60)
{
	uint64_t emitted = 4, lost = 0;

	for (unsigned i = 0; i < 2 * SLOTS; i++) {
		write(TRACE_MARK, 1, i, i);
		emitted = head() + tracer.ring.lost;
	}
	lost = tracer.ring.lost;
	cr_expect_leq(head(), SLOTS);
	cr_expect_gt(head(), SLOTS - TRACE_RECORD_SLOTS);
	cr_expect_eq(emitted, head() + lost);
	cr_expect_geq(lost, 4 * SLOTS - SLOTS);
}

Test(trace, lost_slots_are_reported_when_there_is_room_again, .init = start_discard)
{
	unsigned i = 0;

	while (tracer.ring.lost == 0)
		write(TRACE_MARK, 1, 0, i++);
	write(TRACE_MARK, 1, 0, i++);

	uint64_t lost = tracer.ring.lost, end = head();

	tracer.ring.tail = 5 * TRACE_SLOT_BYTES + tracer.ring.tail;
	write(TRACE_MARK, 1, 4711, 1 << 20);
	cr_expect_eq(trace_slot_event(at(end)), TRACE_LOST);
	cr_expect_eq(trace_lost_of(at(end), TRACE_LOST_EXT).slots, lost);
	cr_expect_eq(trace_lost_of(at(end), TRACE_LOST_EXT).last, i - 1);
	cr_expect_eq(trace_slot_event(at(end + 3)), TRACE_MARK);
	cr_expect_eq(at(end + 3)->payload, 4711);
}

Test(trace, an_overdue_sync_waits_if_the_ring_has_room_only_for_the_exit, .init = start_discard, .timeout = 60)
{
	const uint64_t both = 4 + 1 + TRACE_EXIT_SLOTS; /* the slots of SYNC, OBSERVING and the exit */

	tracer.sync_at = ~0ull;
	while (head() + TRACE_EXIT_SLOTS + both <= SLOTS)
		exit_at(2000, 3000, 0);
	while (head() + both <= SLOTS)
		write(TRACE_MARK, 0, 0, 3000);
	require(tracer.ring.lost == 0 && head() + both == SLOTS + 1, "a slot less than for both");

	uint64_t before = head();

	host_csr_write(MCYCLE, 5000);
	tracer.counters_due = false;
	tracer.sync_at = 4000;
	cr_expect_not(trace_sync_late(&tracer, true));
	cr_expect_eq(head(), before);
	cr_expect_eq(tracer.ring.lost, 0);
	cr_expect_not(tracer.counters_due);
	cr_expect_gt(tracer.sync_at, 5000);
	cr_expect_lt(tracer.sync_at, 5000 + 2000000, "it is tried again soon");
	exit_at(5000, 5100, 7);
	cr_expect_eq(trace_slot_event(at(head() - TRACE_EXIT_SLOTS)), TRACE_EXIT);
	cr_expect_eq(tracer.ring.lost, 0, "the exit has its place");
}

Test(trace, every_emitted_slot_is_read_lost_or_still_in_the_ring, .init = start_discard, .timeout = 60)
{
	uint64_t seed = 2, read = 0, reported = 0, emitted = head();

	for (unsigned round = 0; round < 400000; round++) {
		uint64_t before = head() + tracer.ring.lost;

		write(TRACE_ECALL, (unsigned)random_next(&seed) % 4, round, round);
		emitted += head() + tracer.ring.lost - before;
		if (random_next(&seed) % (SLOTS / 2) != 0)
			continue;
		for (uint64_t part = (head() - read) / 2 + 1; part > 0 && read < head(); part--, read++)
			if (trace_slot_event(at(read)) == TRACE_LOST)
				reported += trace_lost_of(at(read), 0).slots;
		tracer.ring.tail = read * TRACE_SLOT_BYTES;
	}
	for (; read < head(); read++)
		if (trace_slot_event(at(read)) == TRACE_LOST)
			reported += trace_lost_of(at(read), 0).slots;
	cr_expect_eq(emitted, read + tracer.ring.lost);
	cr_expect_gt(tracer.ring.lost, 0);
	cr_expect_eq(reported + tracer.lost, tracer.ring.lost);
}

Test(trace, exits_that_find_no_room_in_the_ring_are_counted_as_lost, .init = start_discard, .timeout = 60)
{
	uint64_t seed = 4, read = 0, reported = 0, exits = 0, found = 0;

	for (unsigned round = 0; round < 200000; round++) {
		exit_at(2000, 2000 + round, round);
		exits++;
		if (random_next(&seed) % (SLOTS / 2) != 0 && round != 199999)
			continue;
		for (; read < head(); read++) {
			found += trace_slot_event(at(read)) == TRACE_EXIT;
			reported += trace_slot_event(at(read)) == TRACE_LOST ? trace_lost_of(at(read), 0).slots : 0;
		}
		tracer.ring.tail = read * TRACE_SLOT_BYTES;
		tracer.sync_at = ~0ull;
	}
	cr_expect_gt(tracer.ring.lost, 0);
	cr_expect_eq(reported + tracer.lost, tracer.ring.lost);
	cr_expect_lt(found, exits);
	cr_expect_leq((exits - found) * TRACE_EXIT_SLOTS, tracer.ring.lost, "besides them only SYNC is lost");
}

Test(trace, a_change_of_mode_empties_the_ring, .init = start)
{
	write(TRACE_MARK, 1, 0, 0);
	trace_wanted.mode = HARTSCOPE_MODE_DISCARD;
	trace_wanted.mask = TRACE_BIT(TRACE_EXIT);
	trace_apply(&tracer);
	cr_expect_eq(tracer.ring.erased, 6);
	cr_expect_eq(tracer.ring.mode, HARTSCOPE_MODE_DISCARD);
	cr_expect_eq(tracer.ring.mask, TRACE_BIT(TRACE_EXIT));
	cr_expect_eq(head(), 4);
	cr_expect_eq(trace_slot_event(at(0)), TRACE_SYNC);
	trace_apply(&tracer);
	cr_expect_eq(tracer.ring.erased, 6, "the same mode empties nothing");
	cr_expect_eq(head(), 8);
}

Test(trace, a_change_of_mode_keeps_the_count_of_lost_slots, .init = start_discard)
{
	while (tracer.ring.lost == 0)
		write(TRACE_MARK, 1, 0, 0);

	uint64_t lost = tracer.ring.lost;

	trace_wanted.mode = HARTSCOPE_MODE_OVERWRITE;
	trace_apply(&tracer);
	cr_expect_eq(tracer.ring.lost, lost);
	cr_expect_eq(trace_slot_event(at(0)), TRACE_LOST, "the loss is reported as soon as there is room");
	cr_expect_eq(at(0)->payload, lost);
	cr_expect_eq(trace_slot_event(at(3)), TRACE_SYNC);
}

Test(trace, records_for_a_stopped_hart_have_its_last_timestamp_and_cause_no_sync, .init = start)
{
	uint64_t words[] = { 7, 8 };

	write(TRACE_MARK, 1, 0, 0);

	uint64_t newest = at(head() - 1)->tag & TRACE_TIMESTAMP_MASK, written = head();

	tracer.sync_at = 0;
	for (unsigned i = 0; i < SLOTS; i++)
		trace_append_stopped(&tracer, TRACE_COUNTER, 1, words);
	cr_expect_eq(head(), written + 2 * SLOTS);
	for (uint64_t i = written + SLOTS; i < head(); i += 2) {
		cr_expect_eq(trace_slot_event(at(i)), TRACE_COUNTER);
		cr_expect_eq(at(i)->tag & TRACE_TIMESTAMP_MASK, newest);
	}
}
