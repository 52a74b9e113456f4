/* Takes the chunks of a dump one after the other. For each type of chunk, a function checks the chunk and stores its
 * contents. Slots go to the lane of their hart (lane.h), which computes times and calls the sink. */
#include "trace/convert/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/hartscope.h"
#include "trace/convert/lane.h"
#include "trace/convert/names.h"

static enum error bad(const char *what)
{
	return error_set(ERROR_DATA, "%s", what);
}

_Static_assert(sizeof(((struct dump_machine *)0)->build_id) >= HV_ELF_BUILD_ID_BYTES, "a dump has the whole build id");

static void print_build_id(char *text, const uint8_t *bytes)
{
	for (int i = 0; i < HV_ELF_BUILD_ID_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/** Makes text from a dump safe for every output format: line breaks and tabs become blanks, and other characters that
 * are not printable ASCII become '?'. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (strchr("\t\r\n", *text))
			*text = ' ';
		else if (*text < ' ' || *text > '~')
			*text = '?';
}

static enum error allocate_lanes(struct timeline *timeline)
{
	uint32_t harts = timeline->machine.head.harts;
	timeline->lanes = calloc(harts, sizeof(timeline->lanes[0]));
	if (!timeline->lanes)
		return error_no_memory();
	for (uint32_t i = 0; i < harts; i++) {
		clock_open(&timeline->lanes[i].clock, timeline->machine.head.timebase_hz);
		timeline->lanes[i].hart = i;
	}
	return ERROR_NONE;
}

static enum error take_machine(struct timeline *timeline, const struct dump_view *view)
{
	struct timeline_machine *machine = &timeline->machine;
	if (timeline->lanes)
		return bad("the dump describes its machine a second time");
	if (view->chunk.length < sizeof(machine->head))
		return bad("the chunk is too short");
	memcpy(&machine->head, view->payload, sizeof(machine->head));
	if (machine->head.timebase_hz > 1000000000ull)
		return bad("the frequency of mtime is above 1 GHz");
	if (!machine->head.harts || machine->head.harts > DUMP_HARTS)
		return bad("the number of harts is impossible");
	if (timeline->options->hart >= (int)machine->head.harts)
		return bad("the machine does not have the hart that was asked for");
	size_t ids = machine->head.harts * sizeof(uint64_t);
	if (view->chunk.length < sizeof(machine->head) + ids + machine->head.config_bytes)
		return bad("the chunk is too short for its harts and its configuration");

	const struct hv_elf *hv = machine->head.config_bytes ? NULL : timeline->options->hv;
	if (hv && memcmp(hv->build_id, machine->head.build_id, sizeof(hv->build_id)) != 0)
		return bad("the ELF file belongs to another build of hv");
	const char *rest = (const char *)view->payload + sizeof(machine->head);
	machine->hart_ids = malloc(ids);
	machine->config = hv ? strdup(hv->config) : strndup(rest + ids, machine->head.config_bytes);
	if (!machine->hart_ids || !machine->config)
		return error_no_memory();
	RETURN_IF_ERROR(allocate_lanes(timeline));
	memcpy(machine->hart_ids, rest, ids);
	make_printable(machine->config);
	print_build_id(machine->build_id, machine->head.build_id);
	return timeline->sink->machine ? timeline->sink->machine(timeline->sink->self, timeline) : ERROR_NONE;
}

static enum error take_schema(struct timeline *timeline, const struct dump_view *view)
{
	const struct hv_elf *hv = timeline->options->hv;
	const char *events = view->payload;
	size_t bytes = view->chunk.length;

	if (timeline->schema)
		return bad("the dump has a second schema");
	timeline->schema = malloc(sizeof(*timeline->schema));
	if (!timeline->schema)
		return error_no_memory();
	/* The recorder wrote the schema in the dump, and the recorder may be older than hv. If the ELF file is exactly
	 * the hv that wrote the dump, the schema in the ELF file is better. */
	if (hv && hv->events && memcmp(hv->build_id, timeline->machine.head.build_id, sizeof(hv->build_id)) == 0) {
		events = hv->events;
		bytes = strlen(events);
	}
	/* The timeline only uses names and fields of events, so a line that cannot be parsed does no harm.
	 * `hstrace check` reports this line. */
	IGNORE_ERROR(schema_parse(timeline->schema, events, bytes));
	return registers_read(&timeline->registers, view->payload, view->chunk.length);
}

/** Returns how many slots are missing between the lane's last chunk and this chunk.
 * @param known receives the number of slots in this chunk that the lane already has */
static uint64_t missing_before(const struct timeline_lane *lane, const struct dump_ring *ring, uint32_t *known)
{
	*known = 0;
	if (!lane->slots)
		return ring->lost < ring->first ? ring->lost : ring->first;
	if (ring->first >= lane->next)
		return ring->first - lane->next;
	uint64_t overlap = lane->next - ring->first;
	*known = overlap < ring->count ? (uint32_t)overlap : ring->count;
	return 0;
}

static enum error take_ring(struct timeline *timeline, const struct dump_view *view)
{
	struct dump_ring ring;
	if (view->chunk.length < sizeof(ring))
		return bad("the chunk is too short");
	memcpy(&ring, view->payload, sizeof(ring));
	if (!timeline->lanes)
		return bad("slots come before the description of the machine");
	if (ring.hart >= timeline->machine.head.harts)
		return bad("the slots belong to a hart that the machine does not have");
	if ((view->chunk.length - sizeof(ring)) / TRACE_SLOT_BYTES < ring.count)
		return bad("the chunk is too short for its slots");
	if (timeline->options->hart >= 0 && ring.hart != (uint32_t)timeline->options->hart)
		return ERROR_NONE;

	/* Chunks may overlap. Slots that the lane already has are skipped. */
	struct timeline_lane *lane = &timeline->lanes[ring.hart];
	uint32_t known;
	uint64_t lost = missing_before(lane, &ring, &known);
	if (known == ring.count && !lost)
		return ERROR_NONE;
	if (!lane->slots)
		lane->sequence = ring.first - lost;
	lane->next = ring.first + ring.count;
	const struct trace_slot *slots = (const void *)((const uint8_t *)view->payload + sizeof(ring));
	timeline->totals.slots += ring.count - known;
	lane_note_read(lane, ring.count, ring.lost, timeline->machine.head.slots);
	return lane_add(timeline, lane, slots + known, ring.count - known, lost);
}

/** Finds slots that were lost at the end of the recording. In discard mode, hv discards slots while the ring is full,
 * and writes a LOST record when the ring has room again. If the ring had no room again before the recording ended, only
 * the count of lost slots in the statistics shows the loss. This count is used only if the dump has no gaps, because a
 * gap may contain LOST records that already reported a part of the count. */
static void note_end(const struct timeline *timeline, struct timeline_lane *lane, uint64_t lost)
{
	bool discard = timeline->machine.head.mode == HARTSCOPE_MODE_DISCARD;

	if (discard && lane->slots && !lane->gaps_before && lost > lane->reported) {
		lane->missing += lost - lane->reported;
		lane->reported = lost;
	}
}

/** If the hart was in an exit at the end, extends the recording to the start of this exit. The start may be later than
 * all records. */
static void note_in_flight(struct timeline *timeline, struct timeline_lane *lane, uint64_t cycles)
{
	int64_t ns = cycles && lane->started ? clock_ns(&lane->clock, cycles) : 0;

	if (ns == CLOCK_NS_MOST) {
		lane->too_far++;
		return;
	}
	timeline->end_ns = ns > timeline->end_ns ? ns : timeline->end_ns;
}

static enum error take_statistics(struct timeline *timeline, const struct dump_view *view)
{
	if (view->chunk.length < DUMP_STATISTICS_LEAST)
		return bad("the chunk is too short");
	struct dump_statistics statistics = dump_statistics_of(view);
	if (!timeline->lanes || statistics.hart >= timeline->machine.head.harts)
		return bad("the statistics belong to a hart that the machine does not have");
	if (timeline->options->hart >= 0 && statistics.hart != (uint32_t)timeline->options->hart)
		return ERROR_NONE;
	lane_finish(timeline, &timeline->lanes[statistics.hart]);
	note_end(timeline, &timeline->lanes[statistics.hart], statistics.lost);
	note_in_flight(timeline, &timeline->lanes[statistics.hart], statistics.in_flight);
	if (timeline->sink->statistics)
		timeline->sink->statistics(timeline->sink->self, &statistics);
	return ERROR_NONE;
}

/** Reads the lines about phases and triggers. A line that cannot be parsed does no harm here. `hstrace check` reports
 * this line. */
static void take_phases(struct timeline *timeline, const struct dump_view *view)
{
	struct moments *moments = &timeline->moments;
	uint64_t timebase = timeline->machine.head.timebase_hz;
	unsigned known = moments->count;

	IGNORE_ERROR(phases_take_text(&timeline->phases, view->payload, view->chunk.length));
	IGNORE_ERROR(moments_take_text(moments, view->payload, view->chunk.length));
	for (unsigned i = known; i < moments->count; i++)
		timeline->moment_ns[i] = timebase ? phases_ns(moments->moment[i].mtime, timebase) : 0;
}

void timeline_open(struct timeline *timeline, const struct timeline_options *options, const struct timeline_sink *sink)
{
	*timeline = (struct timeline){ .options = options, .sink = sink };
}

enum error timeline_take(struct timeline *timeline, const struct dump_view *view)
{
	switch (view->chunk.type) {
	case DUMP_MACHINE:
		return take_machine(timeline, view);
	case DUMP_RING:
		return take_ring(timeline, view);
	case DUMP_STATISTICS:
		return take_statistics(timeline, view);
	case DUMP_SCHEMA:
		return take_schema(timeline, view);
	case DUMP_PHASES:
		take_phases(timeline, view);
		return ERROR_NONE;
	default: /* the end chunk, or a chunk of a type that this version does not know */
		return ERROR_NONE;
	}
}

enum error timeline_finish(struct timeline *timeline)
{
	uint32_t harts = timeline->lanes ? timeline->machine.head.harts : 0;
	int64_t end = timeline->end_ns;

	for (uint32_t i = 0; i < harts; i++) {
		lane_finish(timeline, &timeline->lanes[i]);
		end = lane_end(&timeline->lanes[i]) > end ? lane_end(&timeline->lanes[i]) : end;
	}
	/* A gap at the end of a hart lasts until the recording ends, which is known only now. */
	for (uint32_t i = 0; i < harts; i++)
		lane_finish_gap(timeline, &timeline->lanes[i], end);
	return timeline->lanes ? ERROR_NONE : bad("the dump does not describe its machine");
}

const struct schema_event *timeline_event_fields(const struct timeline *timeline, unsigned id)
{
#define WORD(i)                                                                                                        \
	{                                                                                                              \
		.name = "word" #i, .shown = TRACE_TYPE_HEX, .word = (i), .bits = 64                                    \
	}
	static const struct schema_event unknown = { .ext = TRACE_RECORD_SLOTS - 1,
						     .fields = TRACE_RECORD_SLOTS,
						     .field = { WORD(0), WORD(1), WORD(2), WORD(3) } };

	return timeline->schema && *timeline->schema->event[id].name ? &timeline->schema->event[id] : &unknown;
}

const char *timeline_register(const struct timeline *timeline, const struct timeline_event *exit)
{
	struct trace_exit it = trace_exit_of(exit->slot, exit->extra);
	bool is_access = names_is_access((unsigned)it.cause) && exit->extra > 1;

	return is_access ? registers_find(&timeline->registers, it.value) : NULL;
}

int64_t timeline_ns(const struct timeline *timeline, uint32_t hart, uint64_t cycles)
{
	return clock_ns(&timeline->lanes[hart].clock, cycles);
}

uint64_t timeline_entry(const struct timeline *timeline, uint32_t hart)
{
	return timeline->lanes[hart].entry;
}

int64_t timeline_uncertainty(const struct timeline *timeline, uint32_t hart, uint64_t cycles)
{
	return clock_uncertainty(&timeline->lanes[hart].clock, cycles);
}

bool timeline_is_timed(const struct timeline *timeline, uint32_t hart)
{
	const struct timeline_lane *lane = &timeline->lanes[hart];
	bool has_rate = false;

	for (uint32_t i = 0; i < timeline->machine.head.harts && !has_rate; i++)
		has_rate = timeline->lanes[i].clock.rate[1] > 0;
	return !lane->started || (lane->clock.points && has_rate);
}

bool timeline_times_fit(const struct timeline *timeline, uint32_t hart)
{
	return !timeline->lanes[hart].too_far && !timeline->lanes[hart].clock.too_far;
}

int64_t timeline_uncertainty_outside(const struct timeline *timeline, uint32_t hart)
{
	return timeline->lanes[hart].uncertainty_outside;
}

void timeline_extent(const struct timeline *timeline, int64_t *first_ns, int64_t *last_ns)
{
	uint32_t harts = timeline->lanes ? timeline->machine.head.harts : 0;
	bool started = false;

	*first_ns = *last_ns = 0;
	for (uint32_t i = 0; i < harts; i++) {
		const struct timeline_lane *lane = &timeline->lanes[i];

		if (!lane->started)
			continue;
		*first_ns = started && *first_ns < lane->first_ns ? *first_ns : lane->first_ns;
		*last_ns = *last_ns > lane_end(lane) ? *last_ns : lane_end(lane);
		started = true;
	}
}

void timeline_close(struct timeline *timeline)
{
	for (uint32_t i = 0; timeline->lanes && i < timeline->machine.head.harts; i++)
		free(timeline->lanes[i].slots);
	free(timeline->lanes);
	free(timeline->schema);
	registers_release(&timeline->registers);
	free(timeline->machine.hart_ids);
	free(timeline->machine.config);
}
