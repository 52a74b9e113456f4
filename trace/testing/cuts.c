/* Keeps the dump in memory. For each cut, feeds one part of the dump to a timeline. Then asks the timeline, for each
 * hart, to predict the time of one SYNC record in the other part. If the first part was read, this is the first SYNC
 * record after the cut. If the second part was read, it is the last SYNC record before the cut. */
#include "trace/testing/cuts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/timeline.h"
#include "trace/dump/reader.h"

#define NS_PER_SECOND 1000000000ll
#define RIGHT_NS 1000
#define VAGUE_NS 2000
#define SILENCE_NS NS_PER_SECOND /* without SYNC for longer than this, clocks drift too far to predict times */
#define SYNC_SLOTS (1 + TRACE_SYNC_EXT)

/* ---- reading ---- */

static enum error add_sync(struct cuts_hart *hart)
{
	if (hart->count == hart->capacity) {
		size_t capacity = 2 * hart->capacity + 16;
		struct cuts_sync *more = realloc(hart->sync, capacity * sizeof(*more));

		if (!more)
			return error_no_memory();
		hart->sync = more;
		hart->capacity = capacity;
	}
	hart->sync[hart->count++] = (struct cuts_sync){ hart->place, trace_sync_unpack(hart->words, TRACE_SYNC_EXT) };
	return ERROR_NONE;
}

/** Examines a slot of a hart. If the slot completes a SYNC record, adds that record to the hart's list. Slots of other
 * records are ignored. */
static enum error take_slot(struct cuts_hart *hart, const struct trace_slot *slot, uint64_t place)
{
	unsigned id = trace_slot_event(slot);

	if (id != TRACE_EXT) {
		hart->parts = id == TRACE_SYNC;
		hart->place = place;
		hart->words[0] = slot->payload;
		return ERROR_NONE;
	}
	if (!hart->parts)
		return ERROR_NONE;
	hart->words[hart->parts] = slot->payload;
	if (++hart->parts < SYNC_SLOTS)
		return ERROR_NONE;
	hart->parts = 0;
	return add_sync(hart);
}

static enum error take_ring(struct cuts_dump *dump, const struct cuts_chunk *chunk)
{
	struct dump_ring ring;

	memcpy(&ring, chunk->payload, sizeof(ring));
	const struct trace_slot *slots = (const void *)((const uint8_t *)chunk->payload + sizeof(ring));

	for (uint32_t i = 0; i < ring.count; i++)
		RETURN_IF_ERROR(take_slot(&dump->hart[ring.hart], &slots[i], dump->slots + i));
	dump->slots += ring.count;
	return ERROR_NONE;
}

/** Adds a copy of the chunk to the list. */
static enum error keep_chunk(struct cuts_dump *dump, const struct dump_view *view)
{
	void *payload = malloc(view->chunk.length + 1);

	if (payload && dump->chunks == dump->capacity) {
		size_t capacity = 2 * dump->capacity + 64;
		struct cuts_chunk *more = realloc(dump->chunk, capacity * sizeof(*more));

		dump->chunk = more ? more : dump->chunk;
		dump->capacity = more ? capacity : dump->capacity;
	}
	if (!payload || dump->chunks == dump->capacity) {
		free(payload);
		return error_no_memory();
	}
	memcpy(payload, view->payload, view->chunk.length);
	dump->chunk[dump->chunks++] = (struct cuts_chunk){ view->chunk, payload, dump->slots };
	return ERROR_NONE;
}

static enum error take_chunk(struct cuts_dump *dump, const struct dump_view *view)
{
	RETURN_IF_ERROR(keep_chunk(dump, view));
	if (view->chunk.type == DUMP_RING)
		return take_ring(dump, &dump->chunk[dump->chunks - 1]);
	if (view->chunk.type != DUMP_MACHINE)
		return ERROR_NONE;
	memcpy(&dump->machine, view->payload, sizeof(dump->machine));
	dump->hart = calloc(dump->machine.harts, sizeof(dump->hart[0]));
	return dump->hart ? ERROR_NONE : error_no_memory();
}

static enum error take_all(struct cuts_dump *dump, struct dump_reader *reader)
{
	struct dump_view view;

	for (;;) {
		RETURN_IF_ERROR(dump_next(reader, &view));
		if (!view.payload)
			return ERROR_NONE;
		RETURN_IF_ERROR(take_chunk(dump, &view));
	}
}

enum error cuts_read(struct cuts_dump *dump, const char *path)
{
	struct dump_reader *reader;

	*dump = (struct cuts_dump){ 0 };
	RETURN_IF_ERROR(dump_open(&reader, path, false));

	enum error error = take_all(dump, reader);

	dump_close(reader);
	return error;
}

void cuts_release(struct cuts_dump *dump)
{
	for (size_t i = 0; i < dump->chunks; i++)
		free(dump->chunk[i].payload);
	for (uint32_t i = 0; dump->hart && i < dump->machine.harts; i++)
		free(dump->hart[i].sync);
	free(dump->hart);
	free(dump->chunk);
}

/* ---- one cut ---- */

/** A cut of the dump. */
struct cut {
	const struct cuts_dump *dump;
	struct cuts_result *result;
	uint64_t place; /* how many slots of the dump lie before the cut */
	uint32_t hart;  /* the hart that wrote the first slot after the cut */
	bool starts;    /* whether the timeline reads the part after the cut; if false, it reads the part before */
	struct timeline timeline;
	bool seen[DUMP_HARTS]; /* by hart index: whether the timeline has delivered a record of the hart */
	uint32_t waiting;      /* number of harts of which no record was delivered yet */
};

static int64_t to_ns(const struct cuts_dump *dump, uint64_t mtime)
{
	return (int64_t)((__int128)mtime * NS_PER_SECOND / (__int128)dump->machine.timebase_hz);
}

/** @return how many SYNC records of a hart lie wholly before @p place */
static size_t syncs_before(const struct cuts_hart *hart, uint64_t place)
{
	size_t low = 0, high = hart->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (hart->sync[middle].place + SYNC_SLOTS <= place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/** Compares the time that the timeline predicts for a SYNC record with the time in the record.
 * @param near whether the prediction should be good (is_near) */
static void compare(struct cut *cut, uint32_t hart, const struct cuts_sync *sync, bool near)
{
	const struct cuts_dump *dump = cut->dump;
	const struct cuts_hart *own = &dump->hart[hart];
	const struct cuts_sync *first = &own->sync[0], *last = &own->sync[own->count - 1];
	double rate = (double)(to_ns(dump, last->fields.mtime) - to_ns(dump, first->fields.mtime)) /
		      (double)(last->fields.mcycle_again - first->fields.mcycle_again);
	int64_t ns = timeline_ns(&cut->timeline, hart, sync->fields.mcycle_again);
	int64_t said = timeline_uncertainty(&cut->timeline, hart, sync->fields.mcycle_again);
	double early = (double)(to_ns(dump, sync->fields.mtime) - ns);
	double late = (double)(ns - to_ns(dump, sync->fields.mtime + 1)) -
		      (double)(sync->fields.mcycle_again - sync->fields.mcycle) * rate;
	double error = fmax(0, fmax(early, late));
	struct cuts_result *result = cut->result;

	result->samples++;
	result->unpromised += said == INT64_MAX;
	result->dishonest += error > (double)said;
	result->far += error > RIGHT_NS;
	result->far_though_near += near && error > RIGHT_NS;
	result->worst = fmax(result->worst, error);
	if (hart == cut->hart) {
		result->cuts++;
		result->asleep += !near;
		result->vague += said > VAGUE_NS;
		result->vague_asleep += said > VAGUE_NS && !near;
		result->vaguest = fmax(result->vaguest, (double)said);
	}
}

/** The time from one SYNC record of a hart to a later one. */
struct cut_time {
	const struct cuts_sync *from, *to;
};

/** Whether the timeline should be able to predict a time well. @p kept is the time between the first and the last SYNC
 * record in the part that was read. @p cut_off is the time between that part and the SYNC record to predict. The
 * prediction should be good if @p cut_off is at most @p kept, and at most SILENCE_NS. */
static bool is_near(const struct cuts_dump *dump, struct cut_time kept, struct cut_time cut_off)
{
	return kept.to->fields.mcycle_again - kept.from->fields.mcycle_again >=
		       cut_off.to->fields.mcycle_again - cut_off.from->fields.mcycle_again &&
	       to_ns(dump, cut_off.to->fields.mtime - cut_off.from->fields.mtime) <= SILENCE_NS;
}

/** Called when the part before the cut was read. Compares the hart's first SYNC record after the cut. */
static void compare_next(struct cut *cut, uint32_t hart)
{
	const struct cuts_hart *own = &cut->dump->hart[hart];
	size_t next = syncs_before(own, cut->place);

	if (!next)
		return;
	while (next < own->count && own->sync[next].place < cut->place) /* skip the record that the cut divides */
		next++;
	if (next < own->count)
		compare(cut, hart, &own->sync[next],
			is_near(cut->dump, (struct cut_time){ &own->sync[0], &own->sync[next - 1] },
				(struct cut_time){ &own->sync[next - 1], &own->sync[next] }));
}

/** Called by the timeline with each record of the part after the cut. At the first record of each hart, it compares the
 * hart's last SYNC record before the cut. */
static void compare_before(void *self, const struct timeline_event *event)
{
	struct cut *cut = self;
	const struct cuts_hart *own = &cut->dump->hart[event->hart];

	if (cut->seen[event->hart])
		return;
	cut->seen[event->hart] = true;
	cut->waiting--;
	size_t before = syncs_before(own, cut->place), next = before;

	while (next < own->count && own->sync[next].place < cut->place)
		next++;
	if (!before || next == own->count)
		return;
	const struct cuts_sync *sync = &own->sync[before - 1], *last = &own->sync[own->count - 1];

	compare(cut, event->hart, sync,
		is_near(cut->dump, (struct cut_time){ &own->sync[next], last },
			(struct cut_time){ sync, &own->sync[next] }));
}

static void ignore(void *self, const struct timeline_event *event)
{
	(void)self, (void)event;
}

/** Feeds a part of the RING chunk that the cut divides: either the slots before the cut, or the slots after it. */
static enum error feed_part(struct cut *cut, const struct cuts_chunk *chunk)
{
	static union {
		uint8_t bytes[DUMP_CHUNK_BYTES];
		struct dump_ring ring;
	} part;
	struct dump_ring *ring = &part.ring;
	uint64_t gone;

	memcpy(part.bytes, chunk->payload, chunk->chunk.length);
	gone = cut->place - chunk->slots_before;
	if (cut->starts) {
		memmove(part.bytes + sizeof(*ring), part.bytes + sizeof(*ring) + gone * TRACE_SLOT_BYTES,
			(ring->count - gone) * TRACE_SLOT_BYTES);
		ring->first += gone;
		ring->count -= (uint32_t)gone;
	} else {
		ring->count = (uint32_t)gone;
	}
	struct dump_view view = { .chunk = chunk->chunk, .payload = part.bytes };

	return timeline_take(&cut->timeline, &view);
}

/** Feeds the part before or after the cut to the timeline. If it is the part after the cut, stops as soon as all harts
 * have been compared. */
static enum error feed(struct cut *cut)
{
	const struct cuts_dump *dump = cut->dump;

	for (size_t i = 0; i < dump->chunks; i++) {
		const struct cuts_chunk *chunk = &dump->chunk[i];
		struct dump_view view = { .chunk = chunk->chunk, .payload = chunk->payload };
		uint64_t next = i + 1 < dump->chunks ? dump->chunk[i + 1].slots_before : dump->slots;
		bool ring = chunk->chunk.type == DUMP_RING;

		if (ring && chunk->slots_before < cut->place && cut->place < next)
			RETURN_IF_ERROR(feed_part(cut, chunk));
		else if (!ring ? chunk->chunk.type == DUMP_MACHINE : (chunk->slots_before < cut->place) != cut->starts)
			RETURN_IF_ERROR(timeline_take(&cut->timeline, &view));
		if (cut->starts && !cut->waiting)
			break;
	}
	return timeline_finish(&cut->timeline);
}

/** Makes one cut. If the part after the cut is read, a hart's time is compared as soon as the hart has a record. If the
 * part before the cut is read, times are compared when the whole part has been read. */
static enum error make_cut(struct cut *cut)
{
	const struct cuts_dump *dump = cut->dump;
	const struct timeline_options all = TIMELINE_ALL;
	struct timeline_sink sink = { .event = cut->starts ? compare_before : ignore, .self = cut };

	cut->waiting = dump->machine.harts;
	timeline_open(&cut->timeline, &all, &sink);

	enum error error = feed(cut);

	for (uint32_t hart = 0; error == ERROR_NONE && !cut->starts && hart < dump->machine.harts; hart++)
		compare_next(cut, hart);
	timeline_close(&cut->timeline);
	return error;
}

/* ---- many cuts ---- */

static uint64_t random_below(uint64_t *state, uint64_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state % below;
}

static uint32_t hart_at(const struct cuts_dump *dump, uint64_t place)
{
	uint32_t hart = 0;

	for (size_t i = 0; i < dump->chunks && dump->chunk[i].slots_before <= place; i++)
		if (dump->chunk[i].chunk.type == DUMP_RING)
			hart = ((const struct dump_ring *)dump->chunk[i].payload)->hart;
	return hart;
}

/** Whether the part of the dump that would be read is long enough. This is so if at least one hart has two SYNC records
 * in that part that are at least @p least_ns apart. */
static bool is_long(const struct cuts_dump *dump, uint64_t place, bool starts, int64_t least_ns)
{
	for (uint32_t i = 0; i < dump->machine.harts; i++) {
		const struct cuts_hart *hart = &dump->hart[i];
		size_t before = syncs_before(hart, place), first = starts ? before + 1 : 0;
		size_t last = starts ? hart->count : before;

		if (first + 1 < last &&
		    to_ns(dump, hart->sync[last - 1].fields.mtime) - to_ns(dump, hart->sync[first].fields.mtime) >=
			    least_ns)
			return true;
	}
	return false;
}

enum error cuts_make(const struct cuts_dump *dump, bool starts, unsigned count, int64_t least_ns, uint64_t seed,
		     struct cuts_result *result)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1, tries = 0;

	*result = (struct cuts_result){ 0 };
	while (dump->slots && result->cuts < count && tries++ < 20ull * count) {
		uint64_t place = random_below(&state, dump->slots);
		struct cut cut = { .dump = dump, .result = result, .place = place, .starts = starts };

		cut.hart = hart_at(dump, place);
		if (is_long(dump, place, starts, least_ns))
			RETURN_IF_ERROR(make_cut(&cut));
	}
	return ERROR_NONE;
}
