/* Turns a hart's slots into records with times. A lane looks for SYNC records in the slots that arrive. If a SYNC
 * record ends a piece of the clock's line, the times of all slots before it are known, and the lane passes these slots
 * to the sink. The slots before the first SYNC record must wait longer, until further SYNC records show how fast the
 * clock runs. The lane also computes times of exits from several records: when the hart entered hv, how long it slept,
 * and since when the guest had been running. */
#include "trace/convert/lane.h"

#include <stdlib.h>
#include <string.h>

#include "trace/dump/writer.h"

/* A ring has this many segments, and hv writes a SYNC record in each of them. So, from any slot on, the third SYNC
 * record is at most three segments away. */
#define RING_SEGMENTS 8
#define SYNC_SLOTS (1 + TRACE_SYNC_EXT)
/* When the lane has passed this many slots to the sink, it moves the other slots to the front of its array. So a lane
 * takes little space in the cache. */
#define COMPACT_SLOTS 8192

/** Returns whether the @p extra slots after @p header belong to the same record. Each of these EXT slots must have the
 * header's timestamp, and a tag that contains the slot's index in the record. */
static bool whole(const struct trace_slot *header, unsigned extra)
{
	uint64_t time = header->tag & TRACE_TIMESTAMP_MASK;

	for (unsigned i = 0; i < extra; i++)
		if (header[1 + i].tag != (time | (uint64_t)TRACE_TAG(TRACE_EXT, i) << TRACE_TIMESTAMP_BITS))
			return false;
	return true;
}

static void hand_over_gap(struct timeline *timeline, struct timeline_lane *lane, int64_t to_ns)
{
	struct timeline_gap gap = { .slots = lane->missing,
				    .from_ns = lane->started ? lane->last_ns : to_ns,
				    .to_ns = to_ns,
				    .hart = lane->hart };
	lane->missing = 0;
	timeline->totals.lost += gap.slots;
	const struct timeline_options *options = timeline->options;
	bool inside = gap.to_ns >= options->from_ns && gap.from_ns < options->to_ns;
	if (timeline->sink->gap && (inside || timeline->sink->outside))
		timeline->sink->gap(timeline->sink->self, &gap);
}

/** Computes when an exit began and ended, and how the hart spent the time from the end of the previous exit to the end
 * of this exit. A damaged record may contain a duration that is longer than the time since mcycle 0. In that case the
 * exit begins at 0. */
static void measure_exit(struct timeline_lane *lane, struct timeline_event *event)
{
	uint64_t duration = trace_exit_of(event->slot, event->extra).duration, entry = lane->entry;
	uint64_t leave = lane->leave, now = event->cycles;
	uint64_t room = now > duration + entry ? now - duration - entry : 0;

	event->saturated = duration == TRACE_DURATION_UNKNOWN;
	event->spent = event->saturated ? duration : duration + entry + leave;
	event->observing = trace_exit_observing(duration, now, lane->observing);
	/* If the hart woke up before this exit began, it slept in another exit, whose record is missing. */
	if (lane->woke + duration >= now && lane->slept <= room)
		event->slept = lane->slept;
	event->begin = room - event->slept;
	event->end = now + leave;
	event->end_ns = clock_ns(&lane->clock, event->end);
	if (event->end_ns < event->ns)
		event->end_ns = event->ns;

	event->since = lane->exited || lane->since[0] <= event->begin ? lane->since[0] : lane->since[1];
	if (lane->in_window && event->begin > event->since)
		event->guest = event->begin - event->since;
	event->guest_known = !lane->gap && !event->saturated;

	lane->exit_end_ns = event->end_ns;
	lane->since[0] = event->end;
	lane->slept = lane->observing = 0;
	lane->exited = true;
	lane->gap = false;
}

/** Called for each record before the first exit. Remembers the time from which on it is known what the hart did. This
 * is the time of the last SYNC record, or, if there is none, of the first record. hv may have written the last SYNC
 * record during the first exit, so the two latest times are remembered. */
static void note_since(struct timeline_lane *lane, const struct timeline_event *event)
{
	if (!lane->started)
		lane->since[0] = lane->since[1] = event->cycles;
	if (lane->exited || event->meaning != TRACE_SYNC)
		return;
	lane->since[1] = lane->since[0];
	lane->since[0] = event->cycles;
}

/** If a trigger fired at this record, its time is the end of the record. */
static void note_moment(struct timeline *timeline, const struct timeline_event *event)
{
	for (unsigned i = 0; i < timeline->moments.count; i++) {
		const struct moment *moment = &timeline->moments.moment[i];

		if (moment->hart == event->hart && moment->sequence == event->sequence)
			timeline->moment_ns[i] = event->meaning == TRACE_EXIT ? event->end_ns : event->ns;
	}
}

static void hand_over(struct timeline *timeline, struct timeline_lane *lane, const struct trace_slot *slot,
		      unsigned extra)
{
	uint64_t cycles = clock_cycles(&lane->clock, slot->tag);
	int64_t ns = clock_ns(&lane->clock, cycles);
	if (__builtin_expect(ns == CLOCK_NS_MOST, 0))
		lane->too_far++;
	/* The time of the previous record may have been extrapolated, and then may be a little too late. */
	if (ns < lane->last_ns)
		ns = lane->last_ns;
	unsigned id = trace_slot_event(slot), meaning = schema_meaning(timeline->schema, id);
	if (meaning == TRACE_LOST) {
		uint64_t lost = trace_lost_of(slot, extra).slots;

		lane->missing += lost;
		lane->reported += lost;
	}
	if (lane->missing) { /* the hart may have slept in an exit whose record is missing */
		lane->slept = lane->observing = 0;
		lane->gap = lane->started;
		hand_over_gap(timeline, lane, ns);
	}

	lane->last_ns = ns;
	const struct timeline_options *options = timeline->options;
	if (!lane->started) {
		lane->first_ns = ns;
		lane->in_window = options->from_ns <= 0;
	}
	bool inside = ns >= options->from_ns && ns < options->to_ns;
	timeline->totals.records += inside;
	timeline->totals.events[id]++;
	timeline->totals.inside[id] += inside;
	timeline->totals.record_slots += 1 + extra;
	struct timeline_event event = { .slot = slot,
					.cycles = cycles,
					.ns = ns,
					.sequence = lane->sequence,
					.hart = lane->hart,
					.id = (uint8_t)id,
					.meaning = (uint8_t)meaning,
					.extra = (uint8_t)extra };
	note_since(lane, &event);
	lane->started = true;
	if (meaning == TRACE_EXIT) {
		measure_exit(lane, &event);
		lane->in_window |= inside;
	} else if (meaning == TRACE_WFI_LEAVE) {
		lane->slept = trace_wfi_leave_of(slot, extra).slept;
		lane->woke = cycles;
	} else if (meaning == TRACE_OBSERVING && !lane->observing) {
		lane->observing = trace_observing_of(slot, extra).since;
	}
	note_moment(timeline, &event);
	phases_take_record(&timeline->phases, lane->hart, meaning, slot->payload, extra ? slot[1].payload : 0);
	if (inside || timeline->sink->outside)
		timeline->sink->event(timeline->sink->self, &event);
}

/** Reports to the sink how full the ring was at each read. The report for a read comes when all records of this read
 * have been passed to the sink. */
static void hand_over_reads(struct timeline *timeline, struct timeline_lane *lane)
{
	size_t passed = 0;
	for (; passed < lane->read_count && lane->reads[passed].end <= lane->sequence; passed++)
		if (timeline->sink->filled && lane->last_ns >= timeline->options->from_ns &&
		    lane->last_ns < timeline->options->to_ns)
			timeline->sink->filled(timeline->sink->self, lane->hart, lane->last_ns,
					       lane->reads[passed].slots);
	lane->read_count -= passed;
	memmove(lane->reads, lane->reads + passed, lane->read_count * sizeof(lane->reads[0]));
}

void lane_note_read(struct timeline_lane *lane, uint64_t count, uint64_t lost, uint64_t ring_slots)
{
	lane->reading = lost ? ring_slots : lane->reading + count;
	if (count == DUMP_RING_SLOTS)
		return;
	if (lane->read_count < LANE_READS) {
		lane->reads[lane->read_count].end = lane->next;
		lane->reads[lane->read_count++].slots = lane->reading < ring_slots ? lane->reading : ring_slots;
	}
	lane->reading = 0;
}

int64_t lane_end(const struct timeline_lane *lane)
{
	return lane->exit_end_ns > lane->last_ns ? lane->exit_end_ns : lane->last_ns;
}

static void lose(struct timeline *timeline, struct timeline_lane *lane, size_t slots)
{
	timeline->totals.orphans += slots;
	lane->missing += slots;
}

/** Returns the index of the next slot before which every record must end: the slot after the next gap, or @p end. Adds
 * the gaps before the current slot to lane->missing. */
static size_t next_border(struct timeline_lane *lane, size_t *gap, size_t end)
{
	for (; *gap < lane->gap_count && lane->gaps[*gap].at <= lane->first; (*gap)++) {
		lane->missing += lane->gaps[*gap].slots;
		lane->sequence += lane->gaps[*gap].slots;
	}
	return *gap < lane->gap_count && lane->gaps[*gap].at < end ? lane->gaps[*gap].at : end;
}

/** Passes the records in slots[first .. end) to the sink. Slots that form no complete record count as lost.
 * @param for_good true if no further slots follow at @p end. If false, a record that is incomplete at @p end stays
 * buffered */
static void hand_over_until(struct timeline *timeline, struct timeline_lane *lane, size_t end, bool for_good)
{
	size_t gap = 0;
	while (lane->first < end) {
		size_t border = next_border(lane, &gap, end);
		const struct trace_slot *slot = &lane->slots[lane->first];
		unsigned extra = trace_slot_aux(slot);
		size_t taken = 1 + extra;
		if (trace_slot_event(slot) == TRACE_EXT || extra >= TRACE_RECORD_SLOTS) {
			taken = 1;
			lose(timeline, lane, taken);
		} else if (taken > border - lane->first) {
			if (border == end && !for_good)
				break;
			taken = 1; /* the next turns of the loop count the EXT slots of this record as lost, too */
			lose(timeline, lane, taken);
		} else if (!whole(slot, extra)) {
			taken = 1;
			lose(timeline, lane, taken);
		} else {
			hand_over(timeline, lane, slot, extra);
		}
		lane->first += taken;
		lane->sequence += taken;
		if (lane->read_count && lane->reads[0].end <= lane->sequence)
			hand_over_reads(timeline, lane);
	}
	memmove(lane->gaps, lane->gaps + gap, (lane->gap_count - gap) * sizeof(lane->gaps[0]));
	lane->gap_count -= gap;
}

/** Gives the lane's clock the rate that is known most precisely of the rates of all harts. The clock uses it for times
 * that do not lie between two SYNC records. */
static void borrow_rate(struct timeline *timeline, struct timeline_lane *lane)
{
	const struct clock *best = &lane->clock;

	for (uint32_t i = 0; i < timeline->machine.head.harts; i++) {
		const struct clock *clock = &timeline->lanes[i].clock;
		double width = clock->rate[1] - clock->rate[0], least = best->rate[1] - best->rate[0];

		if (clock->rate[1] > 0 && (best->rate[1] <= 0 || width < least))
			best = clock;
	}
	clock_borrow(&lane->clock, best);
}

/** Finds the next complete SYNC record from slots[*at] on, and sets *at to the index of its first slot.
 * @return NULL if there is none yet; *at is then the index at which to continue the search when more slots have
 * arrived */
static const struct trace_slot *find_sync(const struct timeline *timeline, const struct timeline_lane *lane, size_t *at)
{
	static const unsigned header = TRACE_TAG(TRACE_SYNC, TRACE_SYNC_EXT);
	const struct trace_slot *slot = lane->slots + *at, *end = lane->slots + lane->count;

	if (schema_meaning(timeline->schema, TRACE_SYNC) != TRACE_SYNC)
		return NULL;
	/* This loop sees every slot of the dump, so it reads only one word of each. */
	for (; slot + TRACE_SYNC_EXT < end; slot++)
		if (slot->tag >> TRACE_TIMESTAMP_BITS == header && whole(slot, TRACE_SYNC_EXT))
			break;
	*at = (size_t)(slot - lane->slots);
	return slot + TRACE_SYNC_EXT < end ? slot : NULL;
}

/** Updates the maximum uncertainty of times that do not lie between two SYNC records. @p slot must have such a time. */
static void note_outside(struct timeline_lane *lane, const struct trace_slot *slot)
{
	int64_t uncertainty = clock_uncertainty(&lane->clock, clock_cycles(&lane->clock, slot->tag));

	if (uncertainty > lane->uncertainty_outside)
		lane->uncertainty_outside = uncertainty;
}

/** Ends looking ahead, and passes the records up to the first SYNC record to the sink. The search for further SYNC
 * records then begins after the first SYNC record. */
static void settle(struct timeline *timeline, struct timeline_lane *lane)
{
	const struct trace_slot *slot;

	lane->settled = true;
	lane->scanned = lane->first;
	clock_settle(&lane->clock);
	borrow_rate(timeline, lane);
	if (lane->clock.points)
		note_outside(lane, &lane->slots[lane->first]);
	for (; lane->clock.points && (slot = find_sync(timeline, lane, &lane->scanned)); lane->scanned++) {
		struct trace_sync sync = trace_sync_of(slot, TRACE_SYNC_EXT);

		/* The clock ignores SYNC records with impossible values, so its first point may come from a later SYNC
		 * record. */
		if (sync.mcycle == lane->clock.reading[0].before && sync.mcycle_again == lane->clock.reading[0].after) {
			hand_over_until(timeline, lane, lane->scanned + SYNC_SLOTS, false);
			return;
		}
	}
}

/** Reads a SYNC record, and remembers the fields that are needed to measure exits. */
static struct trace_sync note_sync(struct timeline_lane *lane, const struct trace_slot *slot)
{
	struct trace_sync sync = trace_sync_of(slot, TRACE_SYNC_EXT);

	lane->entry = sync.entry;
	lane->leave = sync.leave;
	return sync;
}

/** Shows SYNC records to the clock until the times before the first SYNC record are known well enough. All slots stay
 * buffered. */
static void look_ahead(struct timeline *timeline, struct timeline_lane *lane)
{
	const struct trace_slot *slot;

	for (; !lane->settled && (slot = find_sync(timeline, lane, &lane->scanned)); lane->scanned++) {
		struct trace_sync sync = note_sync(lane, slot);

		if (!lane->clock.readings)
			lane->before_sync = (slot->tag - lane->slots[lane->first].tag) & TRACE_TIMESTAMP_MASK;
		if (clock_look_ahead(&lane->clock, sync.mcycle, sync.mtime, sync.mcycle_again, lane->before_sync))
			settle(timeline, lane);
	}
}

/** Shows the clock the SYNC record after the one at slots[scanned]. @return whether it has arrived */
static bool foresee(struct timeline *timeline, struct timeline_lane *lane)
{
	if (lane->ahead <= lane->scanned)
		lane->ahead = lane->scanned + SYNC_SLOTS;
	if (lane->ahead >= lane->count)
		return false;
	const struct trace_slot *slot = find_sync(timeline, lane, &lane->ahead);
	if (!slot)
		return false;
	struct trace_sync next = trace_sync_of(slot, TRACE_SYNC_EXT);

	clock_foresee(&lane->clock, next.mcycle, next.mtime, next.mcycle_again);
	return true;
}

/** Looks for SYNC records in the slots that were added. If a SYNC record ends a piece of the clock's line, passes the
 * records before this SYNC record to the sink. The next SYNC record shows how certain this piece is, so the last SYNC
 * record waits for it.
 * @param for_good true if the lane must not wait for another SYNC record */
static void scan(struct timeline *timeline, struct timeline_lane *lane, bool for_good)
{
	const struct trace_slot *slot;

	look_ahead(timeline, lane);
	while (lane->settled && (slot = find_sync(timeline, lane, &lane->scanned))) {
		size_t end = lane->scanned + SYNC_SLOTS;
		bool foreseen = foresee(timeline, lane);

		if (!foreseen && !for_good)
			return;
		struct trace_sync sync = note_sync(lane, slot);

		lane->scanned = foreseen ? lane->ahead : end;
		if (!clock_sync(&lane->clock, sync.mcycle, sync.mtime, sync.mcycle_again))
			continue;
		hand_over_until(timeline, lane, end, false);
		clock_advance(&lane->clock);
	}
}

/** Moves the buffered slots to the front of the array. */
static void compact(struct timeline_lane *lane)
{
	size_t held = lane->count - lane->first;
	memmove(lane->slots, lane->slots + lane->first, held * sizeof(lane->slots[0]));
	for (size_t i = 0; i < lane->gap_count; i++)
		lane->gaps[i].at -= lane->first;
	lane->scanned = lane->scanned > lane->first ? lane->scanned - lane->first : 0;
	lane->ahead = lane->ahead > lane->first ? lane->ahead - lane->first : 0;
	lane->count = held;
	lane->first = 0;
}

static void make_room(struct timeline *timeline, struct timeline_lane *lane, size_t count)
{
	if (lane->count - lane->first + count > lane->capacity || lane->gap_count == LANE_GAPS) {
		if (!lane->settled)
			settle(timeline, lane);
		scan(timeline, lane, true);
		borrow_rate(timeline, lane);
		if (lane->count - lane->first + count > lane->capacity || lane->gap_count == LANE_GAPS)
			hand_over_until(timeline, lane, lane->count, false);
	}
	if (lane->first >= COMPACT_SLOTS || lane->count + count > lane->capacity)
		compact(lane);
}

static enum error allocate(const struct timeline *timeline, struct timeline_lane *lane)
{
	const struct dump_machine *machine = &timeline->machine.head;
	uint64_t three_segments = machine->slots / RING_SEGMENTS * 3 + 2 * DUMP_RING_SLOTS;
	uint64_t share = LANE_SLOTS_OF_ALL / machine->harts;

	lane->capacity = three_segments > LANE_SLOTS ? three_segments : LANE_SLOTS;
	if (lane->capacity > share)
		lane->capacity = share;
	if (lane->capacity < LANE_SLOTS_LEAST)
		lane->capacity = LANE_SLOTS_LEAST;
	lane->slots = malloc(lane->capacity * sizeof(lane->slots[0]));
	return lane->slots ? ERROR_NONE : error_no_memory();
}

/** Adds a gap at the end. If the lane already has a gap there, because the last chunks contained no slots, this gap
 * grows.
 * So two gaps never lie at the same place, and passing slots to the sink always frees a place in the array of gaps. */
static void note_gap(struct timeline_lane *lane, uint64_t slots)
{
	if (lane->gap_count && lane->gaps[lane->gap_count - 1].at == lane->count) {
		lane->gaps[lane->gap_count - 1].slots += slots;
		return;
	}
	lane->gaps[lane->gap_count].at = lane->count;
	lane->gaps[lane->gap_count++].slots = slots;
}

enum error lane_add(struct timeline *timeline, struct timeline_lane *lane, const struct trace_slot *slots, size_t count,
		    uint64_t lost)
{
	if (!lane->slots)
		RETURN_IF_ERROR(allocate(timeline, lane));
	make_room(timeline, lane, count);
	if (lost) {
		if (lane->gap_count == LANE_GAPS)
			hand_over_until(timeline, lane, lane->count, true);
		lane->gaps_before = true;
		note_gap(lane, lost);
	}
	memcpy(lane->slots + lane->count, slots, count * sizeof(slots[0]));
	lane->count += count;
	scan(timeline, lane, false);
	return ERROR_NONE;
}

void lane_finish(struct timeline *timeline, struct timeline_lane *lane)
{
	if (!lane->settled)
		settle(timeline, lane);
	scan(timeline, lane, true);
	borrow_rate(timeline, lane);
	if (lane->first < lane->count)
		note_outside(lane, &lane->slots[lane->count - 1]);
	hand_over_until(timeline, lane, lane->count, true);
	for (size_t i = 0; i < lane->gap_count; i++)
		lane->missing += lane->gaps[i].slots;
	lane->gap_count = 0;
}

void lane_finish_gap(struct timeline *timeline, struct timeline_lane *lane, int64_t to_ns)
{
	if (lane->missing)
		hand_over_gap(timeline, lane, to_ns > lane->last_ns ? to_ns : lane->last_ns);
}
