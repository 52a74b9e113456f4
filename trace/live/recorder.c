/* Reads each hart's ring into a buffer, and writes the buffer as chunks of a dump.
 *
 * The guest may restart at any time. Then its rings and directory are cleared and written again, in any order. So the
 * recorder first reads slots, and then checks that the directory and the rings still belong to the same boot. If so,
 * the slots become part of the recording, and `now` is copied to `sure`. If not, the slots are dropped, and `now` is
 * set back to `sure`.
 *
 * Every word in the guest's memory may have any value, and may change at any time. So addresses and lengths are first
 * copied, and then the copies are checked. */
#include "trace/live/recorder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/dump/registers.h"
#include "trace/dump/schema.h"
#include "trace/format/slot.h"

#define SHARE 256 /* recorder_poll() returns the new part of a ring in units of 1/SHARE */
#define MIN_SLOTS (4 * TRACE_RECORD_SLOTS)
#define SETTLED_AT_ONCE 8 /* number of harts that settle() handles at a time: their statistics fit on the stack */

/** Finds the hart's ring, if it exists yet. hv makes the ring when it starts the hart. @return ERROR_DATA if the ring
 * is not valid */
static enum error find_ring(const struct recorder *recorder, uint32_t index)
{
	struct recorder_hart *hart = &recorder->hart[index];
	uint64_t address = recorder->directory.rings + index * recorder->directory.rings_stride;
	struct hartscope_ring *ring = memory_at(recorder->memory, address, sizeof(*ring));

	if (!ring)
		return error_set(ERROR_DATA, "its ring is not in RAM, or its address is not a multiple of 8");

	uint64_t count = __atomic_load_n(&ring->count, __ATOMIC_ACQUIRE);
	uint64_t slots = __atomic_load_n(&ring->slots, __ATOMIC_RELAXED);

	if (count == 0)
		return ERROR_NONE;
	if (count < MIN_SLOTS || (count & (count - 1)) || count > UINT32_MAX)
		return error_set(ERROR_DATA, "the length of its ring is impossible");
	hart->now.ring.slots = memory_at(recorder->memory, slots, count * TRACE_SLOT_BYTES);
	if (!hart->now.ring.slots)
		return error_set(ERROR_DATA,
				 "the slots of its ring are not in RAM, or their address is not a multiple of 8");
	hart->now.ring.ring = ring;
	hart->now.ring.count = count;
	hart->slots_address = slots;
	return ERROR_NONE;
}

/** Finds the hart's id and its ring, and allocates its buffer. */
static enum error begin_hart(struct recorder *recorder, uint32_t index, bool consumer)
{
	struct recorder_hart *hart = &recorder->hart[index];
	const uint64_t *id =
		memory_at(recorder->memory, recorder->directory.hart_ids + index * recorder->directory.hart_ids_stride,
			  sizeof(*id));

	if (!id)
		return error_set(ERROR_DATA, "its id is not in RAM, or its address is not a multiple of 8");
	hart->id = *id;
	hart->now.ring.consumer = consumer;
	hart->statistics.hart = index;
	hart->slots = malloc(DUMP_RING_SLOTS * sizeof(*hart->slots));
	return hart->slots ? find_ring(recorder, index) : error_no_memory();
}

/** Returns the ring of the first hart that has one, or hart 0's entry if no hart has a ring. All rings have the same
 * length and mode. */
static const struct ring_reader *first_ring(const struct recorder *recorder)
{
	for (uint32_t hart = 0; hart < recorder->harts; hart++)
		if (recorder->hart[hart].now.ring.ring)
			return &recorder->hart[hart].now.ring;
	return &recorder->hart[0].now.ring;
}

/** Writes the machine chunk, with values from the directory and from the first ring. */
static enum error write_machine(const struct recorder *recorder, const char *config)
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

	if (!ids)
		return error_no_memory();
	memcpy(machine.build_id, recorder->directory.build_id, sizeof(machine.build_id));
	for (uint32_t hart = 0; hart < recorder->harts; hart++)
		ids[hart] = recorder->hart[hart].id;

	enum error error = dump_write_machine(recorder->writer, &machine, ids, config);

	free(ids);
	return error;
}

/** Copies the addresses of each hart's registers. An address stays 0 if the guest's memory does not contain it, because
 * hv is older. */
static void copy_registers(const struct recorder *recorder, struct hartscope_registers *registers, uint64_t *ids)
{
	const struct hartscope_directory *directory = &recorder->directory;

	for (uint32_t hart = 0; hart < recorder->harts; hart++) {
		uint64_t address = directory->registers + hart * directory->registers_stride;
		const void *there =
			directory->registers ? memory_at(recorder->memory, address, sizeof(*registers)) : NULL;

		ids[hart] = recorder->hart[hart].id;
		if (there)
			memcpy(&registers[hart], there, sizeof(*registers));
	}
}

/** Makes lines of a schema that name the machine's registers. @param text the caller frees it */
static enum error make_register_lines(const struct recorder *recorder, char **text)
{
	uint64_t *ids = calloc(recorder->harts, sizeof(*ids));
	struct hartscope_registers *registers = calloc(recorder->harts, sizeof(*registers));
	enum error error;

	if (ids && registers) {
		copy_registers(recorder, registers, ids);
		error = registers_text(&(struct registers_facts){ .harts = recorder->harts,
								  .ids = ids,
								  .registers = registers,
								  .reset_base = recorder->directory.reset_base,
								  .reset_bytes = recorder->directory.reset_bytes },
				       text);
	} else {
		error = error_no_memory();
	}
	free(registers);
	free(ids);
	return error;
}

/** Reads the schema that the dump gets. @param events hv's list of events; null for the events that this tool knows
 * @param lines lines about registers */
static enum error read_schema(struct recorder *recorder, const char *events, const char *lines)
{
	char *own = NULL;

	recorder->schema = malloc(sizeof(*recorder->schema));
	if (!recorder->schema)
		return error_no_memory();
	if (!events)
		RETURN_IF_ERROR(schema_text(&own));
	events = events ? events : own;
	/* A wrong line does no harm here, and `hstrace check` reports it. */
	IGNORE_ERROR(schema_parse(recorder->schema, events, strlen(events)));
	free(own);
	recorder->knows_exits = schema_meaning(recorder->schema, TRACE_EXIT) == TRACE_EXIT;
	return registers_read(&recorder->registers, lines, strlen(lines));
}

/** Writes the schema. It contains hv's events, or, if those are not known, the events that this tool knows. It also
 * contains the names of the machine's registers. */
static enum error write_schema(struct recorder *recorder, const struct hv_elf *image)
{
	bool same = image && memcmp(image->build_id, recorder->directory.build_id, sizeof(image->build_id)) == 0;
	const char *events = same ? image->events : NULL;
	char *text;

	RETURN_IF_ERROR(make_register_lines(recorder, &text));

	enum error error = read_schema(recorder, events, text);

	if (error == ERROR_NONE)
		error = dump_write_schema_of(recorder->writer, events, text);
	free(text);
	return error;
}

/** Reads the directory, and sets up the state of each hart. */
static enum error find_harts(struct recorder *recorder, bool consumer)
{
	RETURN_IF_ERROR(memory_read_directory(recorder->memory, recorder->address, &recorder->directory));
	recorder->state = recorder->directory.state;
	if (recorder->directory.rings == 0)
		return error_set(ERROR_DATA, "there are no rings: hv was built without module trace");
	recorder->harts = recorder->directory.hart_count;
	recorder->hart = calloc(recorder->harts, sizeof(*recorder->hart));
	if (!recorder->hart)
		return error_no_memory();
	for (uint32_t hart = 0; hart < recorder->harts; hart++)
		RETURN_IF_ERROR(begin_hart(recorder, hart, consumer));
	return ERROR_NONE;
}

enum error recorder_begin(struct recorder *recorder, const struct guest_memory *memory, uint64_t address,
			  struct dump_writer *writer, const struct hv_elf *image, bool consumer)
{
	*recorder = (struct recorder){ .memory = memory, .address = address, .writer = writer };
	RETURN_IF_ERROR(error_about(find_harts(recorder, consumer), "hv's directory at 0x%" PRIx64, address));
	RETURN_IF_ERROR(write_machine(recorder, image ? image->config : NULL));
	return write_schema(recorder, image);
}

/** Writes the slots in the hart's buffer as a chunk. The caller must have checked that all of them belong to the
 * recorded boot. The chunk reports the slots between `written` and its first slot as lost. */
static enum error write_chunk(struct recorder *recorder, uint32_t index)
{
	struct recorder_hart *hart = &recorder->hart[index];
	uint64_t first = hart->now.first, lost = first - hart->written;
	size_t count = hart->now.count;

	hart->written = first + count;
	hart->now.count = hart->sure.count = 0;
	if (!recorder->sink)
		return dump_write_ring(recorder->writer, index, first, lost, hart->slots, count);
	if (recorder->failure.error == ERROR_NONE)
		error_keep(&recorder->failure,
			   recorder->sink->take(recorder->sink->self, index, first, lost, hart->slots, count));
	return error_again(&recorder->failure);
}

/* ---- which boot it is ---- */

/** Checks whether the directory shows that the guest has left the recorded boot.
 * @return a text that describes this sign; null if there is none */
static const char *directory_ends(struct recorder *recorder)
{
	struct hartscope_directory now;

	if (memory_read_directory(recorder->memory, recorder->address, &now) != ERROR_NONE)
		return "the guest has restarted: hv's directory is gone";

	uint64_t state = now.state, before = recorder->state;

	if (state < HARTSCOPE_RUNNING || (state == HARTSCOPE_RUNNING && before > HARTSCOPE_RUNNING))
		return "the guest has restarted: hv is booting again";
	now.state = recorder->directory.state; /* within a boot, only the state changes */
	if (memcmp(&now, &recorder->directory, sizeof(now)) != 0)
		return "the guest has restarted: hv's directory has changed";
	recorder->state = state;
	return NULL;
}

/** Checks whether a hart's ring shows that the guest has left the recorded boot.
 * @return a text that describes this sign; null if there is none */
static const char *ring_ends(struct recorder_hart *hart)
{
	const struct hartscope_ring *ring = hart->now.ring.ring;

	if (!ring)
		return NULL;
	if (__atomic_load_n(&ring->count, __ATOMIC_RELAXED) != hart->now.ring.count ||
	    __atomic_load_n(&ring->slots, __ATOMIC_RELAXED) != hart->slots_address || !ring_continues(&hart->now.ring))
		return "the guest has restarted: a ring does not continue where it was";
	return NULL;
}

/** Returns the mcycle at which the present exit of the hart began. This exit has no record yet. Returns 0 if no exit is
 * in progress, or if exits are not recorded. */
static uint64_t in_flight(const struct recorder *recorder, const struct recorder_place *place)
{
	const struct hartscope_ring *ring = place->ring.ring;
	uint64_t start = ring ? __atomic_load_n(&ring->start, __ATOMIC_RELAXED) : 0;

	if (!ring || !recorder->knows_exits || !(ring->mask & TRACE_BIT(TRACE_EXIT)) || start == 0)
		return 0;
	if (ring->mode == HARTSCOPE_MODE_DISCARD && ring_discarded(&place->ring))
		return 0; /* the exit may have ended, and its record may have been discarded */
	if (!place->exit_seen)
		return start;

	uint64_t since = (start - place->exit_time) & TRACE_TIMESTAMP_MASK;

	return since && since <= TRACE_TIMESTAMP_MASK / 2 ? start : 0;
}

/** Copies the values of hv's counters for the hart. */
static void copy_counters(const struct recorder *recorder, uint32_t index, struct dump_statistics *statistics)
{
	uint64_t address = recorder->directory.counters + index * recorder->directory.counters_stride;
	const struct hartscope_counters *counters = memory_at(recorder->memory, address, sizeof(*counters));

	if (!recorder->directory.counters || !counters)
		return;
	memcpy(statistics->exits, counters->exits, sizeof(statistics->exits));
	statistics->cycles_hv = counters->cycles[HARTSCOPE_OWNER_HV];
	statistics->cycles_firmware = counters->cycles[HARTSCOPE_OWNER_FIRMWARE];
	statistics->cycles_payload = counters->cycles[HARTSCOPE_OWNER_PAYLOAD];
	statistics->cycles_asleep = counters->cycles[HARTSCOPE_OWNER_ASLEEP];
}

/** Collects the hart's statistics. hv's counters are copied after the slots were read, so that they include at least
 * the events in these slots. Since copying takes long, the counters are copied only if there are new slots, or if @p
 * all is true. */
static void take_statistics(const struct recorder *recorder, uint32_t index, bool all,
			    struct dump_statistics *statistics)
{
	const struct recorder_hart *hart = &recorder->hart[index];
	const struct ring_reader *ring = &hart->now.ring;

	*statistics = hart->statistics;
	statistics->emitted = ring_emitted(ring);
	statistics->read = ring->read;
	statistics->lost = ring->lost + ring_discarded(ring);
	statistics->in_flight = in_flight(recorder, &hart->now);
	if (all || ring->read != hart->sure.ring.read)
		copy_counters(recorder, index, statistics);
}

/** Checks that the guest is still in the recorded boot. If so, everything read so far belongs to it, and `now` is
 * copied to `sure`. Otherwise, the slots that were read since the last successful check are dropped. @return whether
 * the guest is still in the recorded boot */
static bool settle(struct recorder *recorder, bool all)
{
	struct dump_statistics statistics[SETTLED_AT_ONCE];

	for (uint32_t from = 0; from < recorder->harts; from += SETTLED_AT_ONCE) {
		uint32_t rest = recorder->harts - from, some = rest < SETTLED_AT_ONCE ? rest : SETTLED_AT_ONCE;

		for (uint32_t i = 0; !recorder->ended && i < some; i++) {
			recorder->ended = ring_ends(&recorder->hart[from + i]);
			take_statistics(recorder, from + i, all, &statistics[i]);
		}
		if (!recorder->ended)
			recorder->ended = directory_ends(recorder);
		for (uint32_t i = 0; !recorder->ended && i < some; i++) {
			recorder->hart[from + i].sure = recorder->hart[from + i].now;
			recorder->hart[from + i].statistics = statistics[i];
		}
	}
	for (uint32_t i = 0; recorder->ended && i < recorder->harts; i++)
		recorder->hart[i].now = recorder->hart[i].sure;
	return !recorder->ended;
}

/* ---- reading ---- */

/** Stores the time of the last EXIT record among the new slots, which in_flight() needs. @return false if a slot has the
 * tag 0, which hv never writes */
static bool note_slots(struct recorder_hart *hart, size_t from)
{
	struct recorder_place *place = &hart->now;

	for (size_t i = from; i < place->count; i++) {
		const struct trace_slot *slot = &hart->slots[i];

		if (slot->tag == 0)
			return false;
		if (trace_slot_event(slot) != TRACE_EXIT)
			continue;
		place->exit_time = slot->tag & TRACE_TIMESTAMP_MASK;
		place->exit_seen = true;
	}
	return true;
}

/** Adds @p count slots to the buffer. The caller has already copied them into its free part. @p first is the sequence
 * number of the first of them. If slots are missing before @p first, the slots that were in the buffer before are
 * written as a chunk. */
static void append(struct recorder *recorder, uint32_t index, size_t count, uint64_t first)
{
	struct recorder_hart *hart = &recorder->hart[index];
	size_t old = hart->now.count;

	if (old && first != hart->now.first + old) {
		IGNORE_ERROR(write_chunk(recorder, index)); /* the writer returns this error later */
		memmove(hart->slots, hart->slots + old, count * sizeof(*hart->slots));
	}
	if (hart->now.count == 0)
		hart->now.first = first;
	hart->now.count += count;
	if (!note_slots(hart, hart->now.count - count))
		recorder->ended = "the guest has restarted: a ring has been cleared";
}

/** Reads once from the hart's ring into its buffer. @return how many slots were read or lost; 0 if there are no new
 * slots */
static uint64_t read_some(struct recorder *recorder, uint32_t index)
{
	struct recorder_hart *hart = &recorder->hart[index];
	uint64_t before = hart->now.ring.next, first;

	/* append() writes a chunk at a gap, and only slots that settle() has checked may be written. So check the slots
	 * in the buffer first. */
	if (hart->now.count != hart->sure.count || hart->now.count == DUMP_RING_SLOTS)
		if (!settle(recorder, false))
			return 0;
	if (hart->now.count == DUMP_RING_SLOTS)
		IGNORE_ERROR(write_chunk(recorder, index)); /* the writer returns this error later */

	size_t count =
		ring_read(&hart->now.ring, hart->slots + hart->now.count, DUMP_RING_SLOTS - hart->now.count, &first);

	if (count)
		append(recorder, index, count, first);
	return hart->now.ring.next - before;
}

/** Reads the new slots in a hart's ring. @return which part of the ring was new, in units of 1/SHARE */
static uint64_t poll_hart(struct recorder *recorder, uint32_t index)
{
	struct recorder_hart *hart = &recorder->hart[index];
	uint64_t slots = 0, some;

	if (!hart->now.ring.ring && (find_ring(recorder, index) != ERROR_NONE || !hart->now.ring.ring))
		return 0;
	/* Read at most as many slots as the ring has. Otherwise, a hart that writes as fast as this loop reads would
	 * keep it from reading the other harts. */
	do {
		some = read_some(recorder, index);
		slots += some;
	} while (some && slots < hart->now.ring.count && !recorder->ended);
	return slots < hart->now.ring.count ? slots * SHARE / hart->now.ring.count : SHARE;
}

/** Reads the new slots in all rings. @return which part of the fullest ring was new, in units of 1/SHARE */
static uint64_t poll_all(struct recorder *recorder)
{
	uint64_t fullest = 0;

	for (uint32_t hart = 0; !recorder->ended && hart < recorder->harts; hart++) {
		uint64_t share = poll_hart(recorder, hart);

		fullest = share > fullest ? share : fullest;
	}
	return fullest;
}

unsigned recorder_poll(struct recorder *recorder)
{
	uint64_t fullest = poll_all(recorder);

	return settle(recorder, false) ? (unsigned)fullest : 0;
}

enum error recorder_hand_over(struct recorder *recorder)
{
	for (uint32_t hart = 0; hart < recorder->harts; hart++)
		if (recorder->hart[hart].now.count)
			RETURN_IF_ERROR(write_chunk(recorder, hart));
	return error_again(&recorder->failure);
}

enum error recorder_flush(struct recorder *recorder)
{
	RETURN_IF_ERROR(recorder_hand_over(recorder));
	return dump_writer_flush(recorder->writer);
}

/** Writes the slots that are left in the hart's buffer. If the last slots of the hart are lost, writes an empty chunk
 * that reports the loss. */
static enum error write_rest(struct recorder *recorder, uint32_t index)
{
	struct recorder_hart *hart = &recorder->hart[index];

	if (hart->now.count)
		RETURN_IF_ERROR(write_chunk(recorder, index));
	hart->now.first = hart->now.ring.next;
	return hart->now.first == hart->written ? ERROR_NONE : write_chunk(recorder, index);
}

enum error recorder_finish(struct recorder *recorder)
{
	(void)poll_all(recorder);
	(void)settle(recorder, true);
	for (uint32_t index = 0; index < recorder->harts; index++)
		RETURN_IF_ERROR(write_rest(recorder, index));
	RETURN_IF_ERROR(error_again(&recorder->failure));
	for (uint32_t index = 0; index < recorder->harts; index++) {
		struct dump_statistics *statistics = &recorder->hart[index].statistics;

		recorder->hart[index].retained = statistics->emitted - statistics->read - statistics->lost;
		if (recorder->sink)
			RETURN_IF_ERROR(recorder->sink->finish(recorder->sink->self, statistics));
		RETURN_IF_ERROR(dump_write_statistics(recorder->writer, statistics));
	}
	return ERROR_NONE;
}

void recorder_release(struct recorder *recorder)
{
	for (uint32_t hart = 0; recorder->hart && hart < recorder->harts; hart++)
		free(recorder->hart[hart].slots);
	free(recorder->hart);
	recorder->hart = NULL;
	free(recorder->schema);
	recorder->schema = NULL;
	registers_release(&recorder->registers);
}
