/* See recorder.h. */
#include "trace/live/recorder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/format/slot.h"

#define SHARE 256 /* recorder_poll()'s unit */
#define MIN_SLOTS (4 * TRACE_RECORD_SLOTS)

/** Looks whether the hart's ring is there yet: it is from when the hart has been started. @return what is wrong, or null */
static const char *find_ring(const struct recorder *recorder, uint32_t index)
{
	struct recorder_hart *hart = &recorder->hart[index];
	uint64_t address = recorder->directory.rings + index * recorder->directory.rings_stride;
	struct hartscope_ring *ring = memory_at(recorder->memory, address, sizeof(*ring));

	if (!ring || address % sizeof(uint64_t))
		return "its ring is not in RAM";

	uint64_t count = __atomic_load_n(&ring->count, __ATOMIC_ACQUIRE);

	if (count == 0)
		return NULL;
	if (count < MIN_SLOTS || (count & (count - 1)) || count > UINT32_MAX)
		return "the length of its ring cannot be";
	hart->ring.slots = memory_at(recorder->memory, ring->slots, count * TRACE_SLOT_BYTES);
	if (!hart->ring.slots || ring->slots % TRACE_SLOT_BYTES)
		return "the slots of its ring are not in RAM";
	hart->ring.ring = ring;
	hart->ring.count = count;
	return NULL;
}

/** Finds the hart's id and its ring, and makes its buffer. @return what is wrong, or null */
static const char *begin_hart(struct recorder *recorder, uint32_t index, bool consumer)
{
	struct recorder_hart *hart = &recorder->hart[index];
	const uint64_t *id =
		memory_at(recorder->memory, recorder->directory.hart_ids + index * recorder->directory.hart_ids_stride,
			  sizeof(*id));

	if (!id)
		return "its id is not in RAM";
	hart->id = *id;
	hart->ring.consumer = consumer;
	hart->slots = malloc(DUMP_RING_SLOTS * sizeof(*hart->slots));
	return hart->slots ? find_ring(recorder, index) : "no memory";
}

/** The first ring that is there, whose length and mode are taken for those of all; hart 0's if none is. */
static const struct ring_reader *first_ring(const struct recorder *recorder)
{
	for (uint32_t hart = 0; hart < recorder->harts; hart++)
		if (recorder->hart[hart].ring.ring)
			return &recorder->hart[hart].ring;
	return &recorder->hart[0].ring;
}

static bool write_machine(const struct recorder *recorder, const char *config)
{
	const struct ring_reader *ring = first_ring(recorder);
	struct dump_machine machine = {
		.timebase_hz = recorder->directory.timebase_hz,
		.harts = recorder->harts,
		.abi_version = recorder->directory.version,
		.slots = ring->count,
		.mode = ring->ring ? (uint32_t)ring->ring->mode : HARTSCOPE_MODE_OVERWRITE,
	};
	uint64_t *ids = calloc(recorder->harts, sizeof(*ids));
	bool good = false;

	memcpy(machine.build_id, recorder->directory.build_id, sizeof(machine.build_id));
	for (uint32_t hart = 0; ids && hart < recorder->harts; hart++)
		ids[hart] = recorder->hart[hart].id;
	if (ids)
		good = dump_write_machine(recorder->writer, &machine, ids, config);
	free(ids);
	return good;
}

bool recorder_begin(struct recorder *recorder, const struct guest_memory *memory, uint64_t address,
		    struct dump_writer *writer, const char *config, bool consumer, char *error, size_t error_bytes)
{
	*recorder = (struct recorder){ .memory = memory, .address = address, .writer = writer };

	const char *problem = memory_read_directory(memory, address, &recorder->directory);

	if (!problem && recorder->directory.rings == 0)
		problem = "there are no rings: hv was built without module trace";
	if (!problem) {
		recorder->harts = recorder->directory.hart_count;
		recorder->hart = calloc(recorder->harts, sizeof(*recorder->hart));
		problem = recorder->hart ? NULL : "no memory";
	}
	for (uint32_t hart = 0; !problem && hart < recorder->harts; hart++)
		problem = begin_hart(recorder, hart, consumer);
	if (problem)
		(void)snprintf(error, error_bytes, "hv's directory at 0x%" PRIx64 ": %s", address, problem);
	else if (!write_machine(recorder, config) || !dump_write_schema(writer))
		(void)snprintf(error, error_bytes, "%s", dump_writer_error(writer));
	else
		return true;
	return false;
}

/** Writes the hart's buffer as a chunk. What was lost before it is what `written` lacks. */
static bool write_chunk(struct recorder *recorder, uint32_t index)
{
	struct recorder_hart *hart = &recorder->hart[index];
	uint64_t lost = hart->first - hart->written;
	size_t count = hart->count;

	hart->written = hart->first + count;
	hart->count = 0;
	return dump_write_ring(recorder->writer, index, hart->first, lost, hart->slots, count);
}

/** Remembers when the last exit of the new slots ended. */
static void note_exits(struct recorder_hart *hart, size_t from)
{
	for (size_t i = hart->count; i-- > from;) {
		uint64_t tag = hart->slots[i].tag;

		if ((tag >> TRACE_TIMESTAMP_BITS & 0xff) != TRACE_EXIT)
			continue;
		hart->exit_time = tag & TRACE_TIMESTAMP_MASK;
		hart->exit_seen = true;
		return;
	}
}

/** Reads once from the hart's ring into its buffer. @return slots that were new, lost ones too; 0 if there was nothing */
static uint64_t read_some(struct recorder *recorder, uint32_t index)
{
	struct recorder_hart *hart = &recorder->hart[index];
	uint64_t before = hart->ring.next, first;

	if (hart->count == DUMP_RING_SLOTS)
		(void)write_chunk(recorder, index);

	size_t count = ring_read(&hart->ring, hart->slots + hart->count, DUMP_RING_SLOTS - hart->count, &first);

	if (count && hart->count && first != hart->first + hart->count) {
		size_t old = hart->count;

		(void)write_chunk(recorder, index);
		memmove(hart->slots, hart->slots + old, count * sizeof(*hart->slots));
	}
	if (count && hart->count == 0)
		hart->first = first;
	hart->count += count;
	note_exits(hart, hart->count - count);
	return hart->ring.next - before;
}

static uint64_t poll_hart(struct recorder *recorder, uint32_t index)
{
	struct recorder_hart *hart = &recorder->hart[index];
	uint64_t slots = 0, some;

	if (!hart->ring.ring && find_ring(recorder, index))
		return 0;
	if (!hart->ring.ring)
		return 0;
	/* A ring's worth at most: a hart that is as fast as this must not keep it from the other harts. */
	do {
		some = read_some(recorder, index);
		slots += some;
	} while (some && slots < hart->ring.count);
	return slots * SHARE / hart->ring.count;
}

unsigned recorder_poll(struct recorder *recorder)
{
	uint64_t fullest = 0;

	for (uint32_t hart = 0; hart < recorder->harts; hart++) {
		uint64_t share = poll_hart(recorder, hart);

		fullest = share > fullest ? share : fullest;
	}
	return fullest < SHARE ? (unsigned)fullest : SHARE;
}

bool recorder_flush(struct recorder *recorder)
{
	for (uint32_t hart = 0; hart < recorder->harts; hart++)
		if (recorder->hart[hart].count)
			(void)write_chunk(recorder, hart);
	return dump_writer_flush(recorder->writer);
}

uint64_t recorder_state(const struct recorder *recorder)
{
	const struct hartscope_directory *there = memory_at(recorder->memory, recorder->address, sizeof(*there));

	return __atomic_load_n(&there->state, __ATOMIC_ACQUIRE);
}

/** mcycle at which the exit began that has no EXIT record yet; 0 if there is none, or if exits are not recorded. */
static uint64_t in_flight(const struct recorder_hart *hart)
{
	const struct hartscope_ring *ring = hart->ring.ring;

	if (!ring || !(ring->mask & TRACE_BIT(TRACE_EXIT)) || ring->start == 0)
		return 0;
	if (ring->mode == HARTSCOPE_MODE_DISCARD && ring_discarded(&hart->ring))
		return 0; /* it may have ended, and its record may be what was discarded */
	if (!hart->exit_seen)
		return ring->start;

	uint64_t since = (ring->start - hart->exit_time) & TRACE_TIMESTAMP_MASK;

	return since && since <= TRACE_TIMESTAMP_MASK / 2 ? ring->start : 0;
}

static bool write_statistics(struct recorder *recorder, uint32_t index)
{
	struct recorder_hart *hart = &recorder->hart[index];
	/* In this order: while the guest runs, both grow. */
	uint64_t discarded = ring_discarded(&hart->ring), emitted = ring_emitted(&hart->ring);
	struct dump_statistics statistics = {
		.hart = index,
		.emitted = emitted,
		.read = hart->ring.read,
		.lost = hart->ring.lost + discarded,
		.in_flight = in_flight(hart),
	};
	uint64_t address = recorder->directory.counters + index * recorder->directory.counters_stride;
	const struct hartscope_counters *counters = memory_at(recorder->memory, address, sizeof(*counters));

	if (recorder->directory.counters && counters) {
		memcpy(statistics.exits, counters->exits, sizeof(statistics.exits));
		statistics.cycles_hv = counters->cycles_hv;
		statistics.cycles_firmware = counters->cycles_firmware;
		statistics.cycles_payload = counters->cycles_payload;
	}
	hart->retained = statistics.emitted - statistics.read - statistics.lost;
	return dump_write_statistics(recorder->writer, &statistics);
}

bool recorder_finish(struct recorder *recorder)
{
	bool good = true;

	(void)recorder_poll(recorder);
	for (uint32_t index = 0; index < recorder->harts; index++) {
		struct recorder_hart *hart = &recorder->hart[index];

		if (hart->count)
			good = write_chunk(recorder, index) && good;
		hart->first = hart->ring.next;
		if (hart->first != hart->written)
			good = write_chunk(recorder, index) && good; /* an empty one: lost, and nothing after it */
	}
	for (uint32_t index = 0; index < recorder->harts; index++)
		good = write_statistics(recorder, index) && good;
	return good;
}

void recorder_release(struct recorder *recorder)
{
	for (uint32_t hart = 0; recorder->hart && hart < recorder->harts; hart++)
		free(recorder->hart[hart].slots);
	free(recorder->hart);
	recorder->hart = NULL;
}
