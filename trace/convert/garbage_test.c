/* Converts slots with random contents. The converters must not crash. They must count each slot either as a part of a
 * record or as lost. */
#include "trace/convert/pftrace.h"
#include "trace/convert/text.h"

#include <criterion/criterion.h>
#include <string.h>

#include "trace/error/testing.h"

#define HARTS 3
#define CHUNK_SLOTS 500

static uint64_t state;

static uint64_t random_below(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/** A sink that counts slots and passes everything on to another sink. */
struct counted {
	struct timeline_sink inner;
	uint64_t slots;
};

static enum error count_machine(void *self, const struct timeline *timeline)
{
	struct counted *counted = self;
	return counted->inner.machine(counted->inner.self, timeline);
}

static void count_event(void *self, const struct timeline_event *event)
{
	struct counted *counted = self;
	counted->slots += 1u + event->extra;
	counted->inner.event(counted->inner.self, event);
}

static void count_gap(void *self, const struct timeline_gap *gap)
{
	struct counted *counted = self;
	counted->inner.gap(counted->inner.self, gap);
}

static enum error take(struct timeline *timeline, uint32_t type, const void *payload, size_t length)
{
	struct dump_view view = { .chunk = { .type = type, .length = (uint32_t)length }, .payload = payload };
	return timeline_take(timeline, &view);
}

static void take_machine(struct timeline *timeline)
{
	static struct {
		struct dump_machine head;
		uint64_t ids[HARTS];
	} machine = { .head = { .timebase_hz = 10000000, .harts = HARTS }, .ids = { 4, 5, 6 } };
	must_work(take(timeline, DUMP_MACHINE, &machine, sizeof(machine)));
}

/** Makes a random slot. The slot often looks as if it belonged to the same record as the slot @p before. */
static struct trace_slot next_slot(const struct trace_slot *before)
{
	static uint8_t index;
	uint64_t time = random_below(4) ? before->tag & TRACE_TIMESTAMP_MASK : random_below(TRACE_TIMESTAMP_MASK);
	unsigned id = random_below(3) ? TRACE_EXT : (unsigned)random_below(random_below(20) ? TRACE_EVENTS : 256);
	index = id == TRACE_EXT ? (uint8_t)(index + 1) : 0;
	unsigned aux = id == TRACE_EXT ? index - 1u : (unsigned)random_below(random_below(20) ? 4 : 256);
	uint64_t payload = random_below(2) ? random_below(UINT64_MAX) : random_below(1 << 20);
	return trace_slot_make(time, id, aux & 0xff, payload);
}

/** Passes chunks of random slots to the timeline. @p chunks is the number of chunks. @return the number of slots */
static uint64_t feed(struct timeline *timeline, unsigned chunks)
{
	static struct {
		struct dump_ring ring;
		struct trace_slot slots[CHUNK_SLOTS];
	} chunk;
	uint64_t next[HARTS] = { 0 }, slots = 0;
	for (unsigned i = 0; i < chunks; i++) {
		uint32_t hart = (uint32_t)random_below(HARTS);
		uint64_t lost = random_below(3) ? 0 : random_below(100);
		chunk.ring = (struct dump_ring){ .hart = hart,
						 .count = (uint32_t)random_below(CHUNK_SLOTS),
						 .first = next[hart] + lost,
						 .lost = lost };
		for (uint32_t slot = 0; slot < chunk.ring.count; slot++)
			chunk.slots[slot] = next_slot(&chunk.slots[slot ? slot - 1 : 0]);
		next[hart] = chunk.ring.first + chunk.ring.count;
		slots += chunk.ring.count;
		must_work(take(timeline, DUMP_RING, &chunk, sizeof(chunk.ring) + chunk.ring.count * TRACE_SLOT_BYTES));
	}
	struct dump_statistics statistics = { .hart = 1, .in_flight = random_below(UINT64_MAX) };
	must_work(take(timeline, DUMP_STATISTICS, &statistics, sizeof(statistics)));
	return slots;
}

static const struct timeline_options all = { .to_ns = INT64_MAX, .hart = -1 };

static void convert_garbage(struct timeline_sink sink, struct timeline *timeline,
			    const struct timeline_options *options, unsigned chunks)
{
	struct counted counted = { .inner = sink };
	struct timeline_sink outer = {
		.machine = count_machine, .event = count_event, .gap = count_gap, .outside = true, .self = &counted
	};
	timeline_open(timeline, options, &outer);
	take_machine(timeline);
	uint64_t slots = feed(timeline, chunks);
	must_work(timeline_finish(timeline));
	cr_expect_eq(counted.slots + timeline->totals.orphans, slots);
}

Test(garbage, a_perfetto_trace_of_garbage_accounts_for_every_slot)
{
	static const struct pftrace_options options;
	for (unsigned round = 1; round <= 200; round++) {
		struct output output;
		struct timeline timeline;
		state = round * 0x9e3779b97f4a7c15ull;
		must_work(output_open(&output, "/dev/null", PACKING_NONE));
		struct pftrace *pftrace;
		must_work(pftrace_open(&pftrace, &output, &options));
		convert_garbage(pftrace_sink(pftrace), &timeline, &all, round);
		pftrace_finish(pftrace);
		cr_expect_eq(pftrace_account(pftrace)->lost, timeline.totals.lost);
		timeline_close(&timeline);
		pftrace_close(pftrace);
		must_work(output_close(&output));
	}
}

Test(garbage, json_and_csv_of_garbage_account_for_every_slot)
{
	for (unsigned round = 1; round <= 100; round++) {
		struct text_options options = { .csv = round % 2 };
		struct output output;
		struct timeline timeline;
		struct text text;
		struct timeline_sink sink;
		state = round * 0x9e3779b97f4a7c15ull;
		must_work(output_open(&output, "/dev/null", round % 4 == 0 ? PACKING_GZIP : PACKING_NONE));
		must_work(text_open(&text, &output, &options, &sink));
		convert_garbage(sink, &timeline, &all, round);
		text_finish(&text);
		timeline_close(&timeline);
		must_work(output_close(&output));
	}
}

Test(garbage, nothing_is_written_outside_of_a_window)
{
	static const struct pftrace_options options;
	for (unsigned round = 1; round <= 200; round++) {
		struct timeline_options window = all;
		struct output output;
		struct timeline timeline;
		state = round * 0x9e3779b97f4a7c15ull;
		window.from_ns = (int64_t)(random_below(3) ? random_below(1ull << random_below(62)) : 0);
		window.to_ns = window.from_ns + 1 + (int64_t)random_below(1ull << random_below(62));
		must_work(output_open(&output, "/dev/null", PACKING_NONE));
		struct pftrace *pftrace;
		must_work(pftrace_open(&pftrace, &output, &options));
		convert_garbage(pftrace_sink(pftrace), &timeline, &window, round);
		pftrace_finish(pftrace);
		const struct pftrace_account *account = pftrace_account(pftrace);
		cr_expect_geq(account->first_ns, window.from_ns);
		cr_expect_leq(account->last_ns, window.to_ns);
		timeline_close(&timeline);
		pftrace_close(pftrace);
		must_work(output_close(&output));
	}
}

Test(garbage, chunks_without_slots_that_only_report_loss_are_one_gap)
{
	struct dump_ring ring = { .lost = 10 };
	struct text_options options = { .csv = true };
	struct output output;
	struct timeline timeline;
	struct text text;
	must_work(output_open(&output, "/dev/null", PACKING_NONE));
	struct timeline_sink sink;
	must_work(text_open(&text, &output, &options, &sink));
	timeline_open(&timeline, &all, &sink);
	take_machine(&timeline);
	for (unsigned i = 0; i < 1000; i++) {
		ring.first += ring.lost;
		must_work(take(&timeline, DUMP_RING, &ring, sizeof(ring)));
	}
	must_work(timeline_finish(&timeline));
	cr_expect_eq(text.gaps, 1);
	cr_expect_eq(text.lost, 10000);
	timeline_close(&timeline);
	must_work(output_close(&output));
}
