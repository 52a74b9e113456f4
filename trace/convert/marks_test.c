/* Tests a dump that has more different marks than the converter interns names. The trace must contain the name of every
 * mark and of every exit. */
#define _GNU_SOURCE /* memmem */
#include "trace/convert/pftrace.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/error/testing.h"
#include "trace/format/slot.h"

#define MARKS 10000
#define SLOTS (MARKS + 1)
#define CHUNK_SLOTS 1000

static enum error take(struct timeline *timeline, uint32_t type, const void *payload, size_t length)
{
	struct dump_view view = { .chunk = { .type = type, .length = (uint32_t)length }, .payload = payload };

	return timeline_take(timeline, &view);
}

/** Passes a dump of one hart to the timeline: MARKS marks, each with a different id, then an exit of a kind that has
 * not occurred before. */
static void feed(struct timeline *timeline)
{
	static struct {
		struct dump_machine head;
		uint64_t id;
	} machine = { .head = { .timebase_hz = 10000000, .harts = 1 } };
	static struct {
		struct dump_ring head;
		struct trace_slot slots[CHUNK_SLOTS];
	} ring;
	static struct trace_slot slots[SLOTS];
	uint64_t words[1 + TRACE_EXIT_EXT];

	for (uint64_t i = 0; i < MARKS; i++)
		slots[i] = trace_slot_make(1000 + 10 * i, TRACE_MARK, 0, i);
	trace_exit_pack(
		(struct trace_exit){
			.duration = 5, .cause = 4, .before = TRACE_WORLD_PAYLOAD, .after = TRACE_WORLD_PAYLOAD },
		words);
	(void)trace_slots_make(&slots[MARKS], 1000 + 20 * MARKS, TRACE_EXIT, 0, words);
	must_work(take(timeline, DUMP_MACHINE, &machine, sizeof(machine)));
	for (size_t first = 0; first < SLOTS; first += CHUNK_SLOTS) {
		size_t count = SLOTS - first < CHUNK_SLOTS ? SLOTS - first : CHUNK_SLOTS;

		ring.head = (struct dump_ring){ .first = first, .count = (uint32_t)count };
		memcpy(ring.slots, slots + first, count * sizeof(slots[0]));
		must_work(take(timeline, DUMP_RING, &ring, sizeof(ring.head) + count * sizeof(slots[0])));
	}
	must_work(timeline_finish(timeline));
}

/** Converts the dump. @return the trace; the caller frees it */
static char *convert(size_t *bytes)
{
	struct pftrace_options options = { 0 };
	struct timeline_options all = TIMELINE_ALL;
	struct timeline timeline;
	struct output output;
	char path[] = "/tmp/marks_XXXXXX";
	int file = mkstemp(path);

	cr_assert_geq(file, 0);
	must_work(output_open(&output, path, PACKING_NONE));

	struct pftrace *pftrace;

	must_work(pftrace_open(&pftrace, &output, &options));

	struct timeline_sink sink = pftrace_sink(pftrace);

	timeline_open(&timeline, &all, &sink);
	feed(&timeline);
	pftrace_finish(pftrace);
	cr_assert_eq(pftrace_account(pftrace)->instants, MARKS + 1); /* + 1 for the instant that describes the run */
	*bytes = output_bytes(&output);
	timeline_close(&timeline);
	pftrace_close(pftrace);
	must_work(output_close(&output));

	char *trace = malloc(*bytes);

	(void)close(file);
	file = open(path, O_RDONLY); /* the conversion has replaced the file */
	cr_assert(trace && read(file, trace, *bytes) == (ssize_t)*bytes);
	close(file);
	unlink(path);
	return trace;
}

Test(marks, thousands_of_marks_keep_their_names_and_exits_keep_theirs)
{
	size_t bytes;
	char *trace = convert(&bytes);

	for (unsigned i = 0; i < MARKS; i += 7) {
		char name[32];
		int length = snprintf(name, sizeof(name), "mark %u", i);

		cr_assert(memmem(trace, bytes, name, (size_t)length), "%s", name);
	}
	cr_expect(memmem(trace, bytes, "load_address_misaligned", strlen("load_address_misaligned")));
	cr_expect(!memmem(trace, bytes, "other", strlen("other")));
	free(trace);
}
