/* Tests of the watch with the slots of one hart: which record fires, where the dump begins and ends, and that each slot in it has
 * its own sequence number. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/dump/reader.h"
#include "trace/error/testing.h"
#include "trace/trigger/watch.h"

#define TIMEBASE 10000000
#define CYCLES_PER_TICK 100 /* a cycle is 1 ns */
#define MOST 60000
#define SYNC_SLOTS (1 + TRACE_SYNC_EXT)
#define ENTRY 3
#define LEAVE 4

static struct dump_schema schema;
static struct register_names registers;
static struct watch watch;
static struct dump_writer *writer;
static char path[] = "/tmp/hartscope-watch-XXXXXX";

/* What the hart has written. Slot number n is slots[n]. */
static struct trace_slot slots[MOST];
static uint64_t written;
static uint64_t taken; /* how many of the slots the watch has got, or has lost */

static void start(const char *trigger, uint64_t before_ns, uint64_t after_ns)
{
	struct dump_machine machine = { .timebase_hz = TIMEBASE, .harts = 1, .slots = MOST };
	char *text;
	static const char *texts[1];

	texts[0] = trigger;
	must_work(schema_text(&text));
	must_work(schema_parse(&schema, text, strlen(text)));
	free(text);
	cr_assert_geq(mkstemp(path), 0);
	must_work(dump_writer_open(&writer, path));
	must_work(dump_write_machine(writer, &machine, (uint64_t[]){ 0 }, NULL));
	must_work(dump_write_schema(writer));
	must_work(watch_open(&watch, writer,
			     &(struct watch_options){ .trigger = texts,
						      .triggers = 1,
						      .before_ns = (int64_t)before_ns,
						      .after_ns = (int64_t)after_ns,
						      .hold_bytes = 64 << 20,
						      .most_bytes = UINT64_MAX },
			     &(struct watch_facts){ .harts = 1,
						    .timebase_hz = TIMEBASE,
						    .schema = &schema,
						    .registers = &registers,
						    .config = "" }));
}

/* ---- the hart ---- */

static void put(unsigned event, uint64_t time, unsigned ext, const uint64_t *words)
{
	cr_assert_leq(written + 1 + ext, MOST);
	written += trace_slots_make(&slots[written], time, event, ext, words);
}

static void put_sync(uint64_t time)
{
	uint64_t words[SYNC_SLOTS];

	trace_sync_pack((struct trace_sync){ .entry = ENTRY,
					     .leave = LEAVE,
					     .mcycle = time,
					     .mtime = time / CYCLES_PER_TICK,
					     .mcycle_again = time },
			words);
	put(TRACE_SYNC, time, TRACE_SYNC_EXT, words);
}

static void put_mark(uint64_t time, uint64_t value)
{
	put(TRACE_MARK, time, 1, (uint64_t[]){ 0, value });
}

static void put_exit(uint64_t time, uint64_t duration)
{
	uint64_t words[1 + TRACE_EXIT_EXT];

	trace_exit_pack((struct trace_exit){ .duration = duration, .cause = 2 }, words);
	put(TRACE_EXIT, time, TRACE_EXIT_EXT, words);
}

static void put_observing(uint64_t time, uint64_t since)
{
	put(TRACE_OBSERVING, time, 0, &since);
}

/* ---- the recorder ---- */

/** Gives the watch the next @p count slots, after @p lost ones that it does not get. */
static void give(uint64_t lost, uint64_t count)
{
	uint64_t first = taken + lost;

	must_work(watch_take(&watch, 0, first, lost, &slots[first], count));
	taken = first + count;
	watch_round(&watch);
}

static void give_all(void)
{
	while (taken < written)
		give(0, written - taken < 100 ? written - taken : 100);
}

/** The slots of the dump. */
struct dumped {
	uint64_t first, end; /* sequence numbers of the first slot, and after the last one */
	struct dump_statistics statistics;
};

/** Ends the recording and reads the dump. Each slot must be the one that the hart wrote with this number. */
static struct dumped finish(uint64_t in_flight)
{
	struct dumped dumped = { .first = UINT64_MAX,
				 .statistics = { .emitted = written, .read = written, .in_flight = in_flight } };
	struct dump_reader *reader;
	struct dump_view view;
	enum error error;

	must_work(watch_finish(&watch, &dumped.statistics));
	must_work(dump_write_statistics(writer, &dumped.statistics));
	must_work(dump_writer_close(writer));
	watch_close(&watch);
	must_work(dump_open(&reader, path, false));
	(void)unlink(path);
	while ((error = dump_next(reader, &view)) == ERROR_NONE && view.payload) {
		const struct dump_ring *ring = view.payload;

		if (view.chunk.type != DUMP_RING)
			continue;
		dumped.first = ring->first < dumped.first ? ring->first : dumped.first;
		dumped.end = ring->first + ring->count;
		cr_assert_eq(memcmp(ring + 1, &slots[ring->first], ring->count * sizeof(*slots)), 0,
			     "slots from number %lu on", ring->first);
	}
	must_work(error);
	dump_close(reader);
	return dumped;
}

Test(watch, the_cycles_of_an_exit_do_not_include_the_time_for_the_trace)
{
	start("exit.cycles=307", 0, 0);
	put_sync(1000);
	put_observing(2000, 1900);
	put_observing(2000, 1990); /* only the first one of an exit counts */
	put_exit(2000, 400);       /* 400 - 100 + ENTRY + LEAVE */

	uint64_t wanted = written - 1 - TRACE_EXIT_EXT;

	put_exit(3000, 300); /* an OBSERVING record counts for one exit only */
	give_all();
	cr_assert(watch.fired);
	cr_expect_eq(watch.moment.sequence, wanted);
	(void)finish(0);
}

Test(watch, an_observing_record_does_not_count_for_the_exit_after_its_own)
{
	start("exit.cycles=2007", 0, 0);
	put_sync(1000);
	put_observing(2000, 1900);
	put_exit(2000, 400);

	uint64_t wanted = written;

	put_exit(3000, 2000);
	give_all();
	cr_assert(watch.fired);
	cr_expect_eq(watch.moment.sequence, wanted);
	(void)finish(0);
}

Test(watch, a_dump_begins_with_the_second_last_sync_before_the_window_and_ends_with_the_window)
{
	uint64_t syncs[20], last = 0;

	start("mark.value=7", 2500, 1500);
	for (unsigned i = 0; i < 20; i++) {
		syncs[i] = written;
		put_sync(10000 + 1000 * i);
		for (unsigned j = 1; j < 10; j++) {
			uint64_t time = 10000 + 1000 * i + 100 * j;

			put_mark(time, time == 20500 ? 7 : 0); /* the window is from 18000 to 22000 */
			last = time <= 22000 ? written : last;
		}
		last = 10000 + 1000 * (i + 1) <= 22000 ? written + SYNC_SLOTS : last;
	}
	give_all();

	struct dumped dumped = finish(29000);

	cr_expect_eq(dumped.first, syncs[7], "SYNC at 17000 and at 18000");
	cr_expect_eq(dumped.end, last);
	cr_expect_eq(dumped.statistics.in_flight, 0, "this exit began after the window");
	cr_expect_eq(dumped.statistics.read, dumped.end - dumped.first);
}

Test(watch, what_is_held_covers_the_time_before_the_trigger_however_long_the_hart_ran_before)
{
	start("mark.value=7", 4000000, 0);
	for (uint64_t time = 1000000; written + 100 < MOST; time += 1000)
		if (time % 1000000 == 0)
			put_sync(time);
		else
			put_mark(time, 1);

	uint64_t fires = slots[written - 1].tag & TRACE_TIMESTAMP_MASK;

	put_mark(fires, 7);
	give_all();
	cr_expect_lt(watch.hold.blocks, MOST / HOLD_SLOTS / 2, "earlier slots were dropped");

	struct dumped dumped = finish(0);

	cr_expect_eq(trace_slot_event(&slots[dumped.first]), TRACE_SYNC);
	cr_expect_eq(slots[dumped.first].tag & TRACE_TIMESTAMP_MASK, ((fires - 4000000) / 1000000 - 1) * 1000000);
}

Test(watch, a_record_whose_rest_is_lost_keeps_its_place)
{
	start("mark.value=7", 1000000, 0);
	put_sync(1000);
	for (unsigned i = 0; i < 5; i++)
		put_mark(2000 + i, i);
	put_sync(3000); /* only its first two slots come */

	uint64_t header = written - SYNC_SLOTS;

	put_mark(4000, 5);
	put_mark(5000, 7);
	give(0, header + 2);
	give(SYNC_SLOTS - 2 + 1, written - header - SYNC_SLOTS - 1);

	struct dumped dumped = finish(0);

	cr_expect_eq(dumped.first, 0);
	cr_expect_eq(dumped.end, written);
	cr_expect_eq(dumped.statistics.lost, SYNC_SLOTS - 2 + 1);
}
