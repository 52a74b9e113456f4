/* Tests the times of slots that arrive before the hart's clock is known. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "trace/convert/timeline.h"
#include "trace/dump/writer.h"
#include "trace/error/testing.h"

#define TIMEBASE 10000000  /* a tick of mtime is 100 ns */
#define CYCLES_A_TICK 250  /* the hart runs at 2.5 GHz */
#define CYCLES_A_SLOT 1000 /* the hart is busy, and writes a slot every 400 ns */
#define FIRST_CYCLES 5000000000000ull
#define FIRST_MTIME 100000000ull
#define SYNC_SLOTS (1 + TRACE_SYNC_EXT)

static uint64_t next;
static unsigned events;

/** Makes one slot of the recording, the slot with the number @p number. The first SYNC record begins at slot @p sync,
 * and after that a SYNC record begins every @p distance slots. */
static struct trace_slot make_slot(uint64_t number, uint64_t sync, uint64_t distance)
{
	uint64_t place = number < sync ? distance : (number - sync) % distance;
	uint64_t cycles = FIRST_CYCLES + (place < SYNC_SLOTS ? number - place : number) * CYCLES_A_SLOT;
	uint64_t mtime = FIRST_MTIME + (cycles - FIRST_CYCLES) / CYCLES_A_TICK;
	struct trace_sync fields = { .mcycle = cycles, .mtime = mtime, .mcycle_again = cycles };
	struct trace_slot slots[SYNC_SLOTS];
	uint64_t words[SYNC_SLOTS];

	if (place >= SYNC_SLOTS)
		return trace_slot_make(cycles, TRACE_WFI_ENTER, 0, 0);
	trace_sync_pack(fields, words);
	(void)trace_slots_make(slots, cycles, TRACE_SYNC, TRACE_SYNC_EXT, words);
	return slots[place];
}

static void take(struct timeline *timeline, uint32_t type, const void *payload, size_t length)
{
	struct dump_view view = { .chunk = { .type = type, .length = (uint32_t)length }, .payload = payload };

	must_work(timeline_take(timeline, &view));
}

static void take_machine(struct timeline *timeline, uint64_t slots)
{
	struct {
		struct dump_machine head;
		uint64_t id;
	} machine = { .head = { .timebase_hz = TIMEBASE, .harts = 1, .slots = slots } };

	take(timeline, DUMP_MACHINE, &machine, sizeof(machine));
}

static void take_chunk(struct timeline *timeline, uint64_t sync, uint64_t distance)
{
	static struct {
		struct dump_ring ring;
		struct trace_slot slots[DUMP_RING_SLOTS];
	} chunk;

	chunk.ring = (struct dump_ring){ .count = DUMP_RING_SLOTS, .first = next };
	for (uint64_t i = 0; i < DUMP_RING_SLOTS; i++)
		chunk.slots[i] = make_slot(next + i, sync, distance);
	next += DUMP_RING_SLOTS;
	take(timeline, DUMP_RING, &chunk, sizeof(chunk));
}

static void check_time(void *self, const struct timeline_event *event)
{
	int64_t right = (int64_t)(FIRST_MTIME + (event->cycles - FIRST_CYCLES) / CYCLES_A_TICK) * 100;

	(void)self;
	events++;
	cr_assert_leq(llabs(event->ns - right), 200, "%lld ns off", (long long)(event->ns - right));
}

Test(lane, times_before_the_second_sync_of_a_large_ring_are_right)
{
	const uint64_t rings[] = { 65536, 131072, 1 << 20 };

	for (unsigned i = 0; i < 3; i++) {
		const struct timeline_options all = TIMELINE_ALL;
		const struct timeline_sink sink = { .event = check_time };
		struct timeline timeline;

		next = events = 0;
		timeline_open(&timeline, &all, &sink);
		take_machine(&timeline, rings[i]);
		while (next < rings[i])
			take_chunk(&timeline, rings[i] / 8 - 1, rings[i] / 8);
		must_work(timeline_finish(&timeline));
		cr_expect_gt(events, rings[i] - 100);
		timeline_close(&timeline);
	}
}

static void check_early_time(void *self, const struct timeline_event *event)
{
	const struct timeline *timeline = self;
	int64_t right = (int64_t)(FIRST_MTIME + (event->cycles - FIRST_CYCLES) / CYCLES_A_TICK) * 100;

	events++;
	cr_assert_leq(llabs(event->ns - right), 200, "%lld ns off", (long long)(event->ns - right));
	cr_assert_leq(llabs(event->ns - right), timeline_uncertainty(timeline, 0, event->cycles));
	cr_assert_leq(timeline_uncertainty(timeline, 0, event->cycles), 1000);
}

Test(lane, times_before_the_first_sync_are_right_even_if_the_second_follows_soon)
{
	/* The first SYNC record comes after 6.4 ms. After that there is a SYNC record every 10 us. */
	const struct timeline_options all = TIMELINE_ALL;
	struct timeline timeline;
	const struct timeline_sink sink = { .event = check_early_time, .self = &timeline };

	next = events = 0;
	timeline_open(&timeline, &all, &sink);
	take_machine(&timeline, 65536);
	while (next < 400000)
		take_chunk(&timeline, 16000, 25);
	must_work(timeline_finish(&timeline));
	cr_expect_gt(events, 300000);
	timeline_close(&timeline);
}
