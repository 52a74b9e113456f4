/* Splits the slots of each hart into records, computes the time of each record from the hart's SYNC records, and tests the
 * triggers.
 *
 * Before a trigger has fired, each record goes into the hold. Afterwards, each hart goes through three states. Until its
 * first record in the window, its records still go into the hold. With that record, the held ones are written, beginning
 * with the second last SYNC record before the window, because tools need two of them to compute times. From then on,
 * records are written at once. The first record after the window finishes the hart. */
#include "trace/trigger/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/fields.h"

#define NS_PER_SECOND 1000000000
#define CHUNK_OVERHEAD (sizeof(struct dump_chunk) + sizeof(struct dump_ring))

/** Returns how many slots the record at @p slot has. A slot that begins no whole record counts as 1.
 * @param left number of slots from @p slot on
 * @param whole receives false if the slots end before the record does */
static size_t record_slots(const struct trace_slot *slot, size_t left, bool *whole)
{
	unsigned extra = trace_slot_aux(slot);

	*whole = true;
	if (!trace_slot_begins(slot))
		return 1;
	for (unsigned i = 0; i < extra; i++) {
		if (1 + i == left) {
			*whole = false;
			return left;
		}
		if (!trace_slot_continues(&slot[1 + i], slot->tag, i))
			return 1;
	}
	return 1 + extra;
}

static unsigned meaning_of(const struct watch *watch, const struct trace_slot *slot)
{
	return schema_meaning(watch->facts.schema, trace_slot_event(slot));
}

/** Returns whether @p count slots at @p slot are a record with a header. */
static bool is_record(const struct trace_slot *slot, size_t count)
{
	return trace_slot_event(slot) != TRACE_EXT && trace_slot_aux(slot) + 1 == count;
}

static bool is_sync(const struct watch *watch, const struct trace_slot *slot, size_t count)
{
	return is_record(slot, count) && meaning_of(watch, slot) == TRACE_SYNC && count == 1 + TRACE_SYNC_EXT;
}

/* ---- times ---- */

/** Gives a clock the rate of the hart whose rate is known best, in case that its own is not known yet. */
static void borrow_rate(struct watch *watch, struct clock *clock)
{
	const struct clock *best = clock;

	for (uint32_t i = 0; i < watch->facts.harts; i++) {
		const struct clock *other = &watch->hart[i].clock;
		double width = other->rate[1] - other->rate[0], least = best->rate[1] - best->rate[0];

		if (other->rate[1] > 0 && (best->rate[1] <= 0 || width < least))
			best = other;
	}
	clock_borrow(clock, best);
}

/** Called before the first SYNC record of a hart. If some of the slots are SYNC records, the clock learns from them, so
 * that the times of the slots before them are known, too. */
static void set_clock(struct watch *watch, struct watch_hart *hart, const struct trace_slot *slots, size_t count)
{
	bool whole;

	for (size_t i = 0, length; i < count; i += length) {
		length = record_slots(&slots[i], count - i, &whole);
		if (!is_sync(watch, &slots[i], length))
			continue;

		struct trace_sync sync = trace_sync_of(&slots[i], TRACE_SYNC_EXT);

		(void)clock_look_ahead(&hart->clock, sync.mcycle, sync.mtime, sync.mcycle_again, 0);
	}
	if (!hart->clock.readings)
		return;
	clock_settle(&hart->clock);
	borrow_rate(watch, &hart->clock);
	hart->timed = true;
}

/** Takes the fields of a SYNC record. */
static void take_sync(struct watch *watch, struct watch_hart *hart, const struct trace_slot *slot)
{
	struct trace_sync sync = trace_sync_of(slot, TRACE_SYNC_EXT);

	hart->entry = sync.entry;
	hart->leave = sync.leave;
	if (clock_sync(&hart->clock, sync.mcycle, sync.mtime, sync.mcycle_again))
		clock_advance(&hart->clock);
	borrow_rate(watch, &hart->clock);
}

/** Returns the time of a record. As long as the hart has no SYNC record, this is the latest known time. */
static int64_t time_of(const struct watch *watch, const struct watch_hart *hart, const struct trace_slot *slot)
{
	if (!hart->timed)
		return watch->now_ns;
	return clock_ns(&hart->clock, clock_cycles(&hart->clock, slot->tag));
}

/* ---- writing ---- */

/** Returns how many of the slots fit into the dump. The slots that are written end with a record.
 * @param slots whole records, except that slots of an earlier record may come first */
static size_t fitting(const struct watch *watch, const struct trace_slot *slots, size_t count)
{
	uint64_t needed = dump_writer_bytes(watch->writer) + watch->end_bytes + CHUNK_OVERHEAD;
	uint64_t room =
		needed < watch->options.most_bytes ? (watch->options.most_bytes - needed) / TRACE_SLOT_BYTES : 0;
	size_t fits = 0;
	bool whole;

	if (room >= count)
		return count;
	for (size_t length; fits < count; fits += length) {
		length = record_slots(&slots[fits], count - fits, &whole);
		if (fits + length > room)
			break;
	}
	return fits;
}

/** Writes slots to the dump, as far as they fit. */
static enum error write_slots(struct watch *watch, uint32_t index, uint64_t first, const struct trace_slot *slots,
			      size_t count)
{
	struct watch_hart *hart = &watch->hart[index];

	while (count && !watch->full) {
		size_t some = count < DUMP_RING_SLOTS ? count : DUMP_RING_SLOTS;
		size_t fits = fitting(watch, slots, some);
		uint64_t lost = hart->has_end ? first - hart->end : 0;

		watch->full = fits < some;
		if (fits)
			RETURN_IF_ERROR(dump_write_ring(watch->writer, index, first, lost, slots, fits));
		if (fits) {
			hart->has_end = true;
			hart->end = first + fits;
			hart->slots += fits;
			hart->lost += lost;
		}
		first += fits;
		slots += fits;
		count -= fits;
	}
	return ERROR_NONE;
}

/** Counts the slots that a LOST record reports. */
static void count_lost(const struct watch *watch, struct watch_hart *hart, const struct trace_slot *slot, size_t count)
{
	if (is_record(slot, count) && meaning_of(watch, slot) == TRACE_LOST)
		hart->lost += trace_lost_of(slot, (unsigned)count - 1).slots;
}

/** Finds the sequence number with which the dump of a hart begins: the second last SYNC record before the window, or the
 * oldest one that is held, or the first record that is held. */
static uint64_t find_start(const struct watch *watch, uint32_t index)
{
	const struct watch_hart *hart = &watch->hart[index];
	const struct hold_block *oldest = watch->hold.hart[index].oldest;
	uint64_t syncs[2] = { oldest->first, oldest->first };
	unsigned found = 0;
	bool whole;

	for (const struct hold_block *block = oldest; block; block = block->next)
		for (size_t i = 0, length; i < block->count; i += length) {
			length = record_slots(&block->slots[i], block->count - i, &whole);
			if (!is_sync(watch, &block->slots[i], length))
				continue;
			if (time_of(watch, hart, &block->slots[i]) > watch->from_ns)
				return syncs[0];
			syncs[0] = found++ ? syncs[1] : block->first + i;
			syncs[1] = block->first + i;
		}
	return syncs[0];
}

/** Writes the held records of a hart that are in the window. */
static enum error write_held(struct watch *watch, uint32_t index)
{
	struct watch_hart *hart = &watch->hart[index];
	uint64_t start = find_start(watch, index);
	bool whole;

	for (const struct hold_block *block = watch->hold.hart[index].oldest; block && !hart->finished;
	     block = block->next) {
		size_t from = start <= block->first ? 0 : start - block->first, to;

		if (from >= block->count)
			continue;
		for (size_t i = to = from, length; i < block->count; i += length, to = i) {
			length = record_slots(&block->slots[i], block->count - i, &whole);
			if (hart->timed && time_of(watch, hart, &block->slots[i]) > watch->to_ns) {
				hart->finished = true;
				break;
			}
			count_lost(watch, hart, &block->slots[i], length);
		}
		watch->written_ns = block->end_ns > watch->written_ns ? block->end_ns : watch->written_ns;
		RETURN_IF_ERROR(write_slots(watch, index, block->first + from, block->slots + from, to - from));
	}
	hart->started = true;
	hold_drop(&watch->hold, index);
	return ERROR_NONE;
}

/* ---- triggers ---- */

/** Called when a trigger fires. Writes the moment and what is held.
 * @param ns the time of the moment; @p cycles the same in cycles of the hart */
static enum error fire(struct watch *watch, uint32_t index, const struct trigger *trigger, uint64_t sequence,
		       uint64_t cycles, int64_t ns)
{
	unsigned __int128 ticks = (unsigned __int128)(uint64_t)ns * watch->facts.timebase_hz;
	struct moments moments = { .count = 1 };
	char text[MOMENTS_TEXT_BYTES];

	watch->moment = (struct moment){
		.mtime = (uint64_t)(ticks / NS_PER_SECOND), .sequence = sequence, .cycles = cycles, .hart = index
	};
	memcpy(watch->moment.text, trigger->text, sizeof(watch->moment.text));
	watch->moment_ns = ns;
	watch->fired = true;
	watch->from_ns = ns - watch->options.before_ns;
	watch->to_ns = ns + watch->options.after_ns;
	moments.moment[0] = watch->moment;
	RETURN_IF_ERROR(dump_write_chunk(watch->writer, DUMP_PHASES, DUMP_VERSION, text, moments_text(&moments, text),
					 NULL, 0));
	for (uint32_t i = 0; i < watch->facts.harts; i++)
		if (watch->hold.hart[i].oldest && watch->hart[i].last_ns >= watch->from_ns)
			RETURN_IF_ERROR(write_held(watch, i));
	return ERROR_NONE;
}

/** Tests all triggers with a record. If one fires, keeps a copy of the record. */
static enum error test(struct watch *watch, uint32_t index, const struct hold_record *record)
{
	struct watch_hart *hart = &watch->hart[index];
	unsigned extra = (unsigned)record->count - 1;
	uint64_t cycles = clock_cycles(&hart->clock, record->slots->tag);
	struct trigger_record tested = { .slot = record->slots, .extra = extra, .hart = index };
	bool exit = meaning_of(watch, record->slots) == TRACE_EXIT;

	if (exit)
		tested.cycles = trace_exit_cost(trace_exit_of(record->slots, extra).duration, cycles, hart->observing,
						hart->entry + hart->leave);
	for (unsigned i = 0; i < watch->options.triggers && !watch->fired; i++) {
		if (!trigger_matches(&watch->trigger[i], &tested, watch->facts.registers))
			continue;
		memcpy(watch->record, record->slots, record->count * sizeof(*record->slots));
		RETURN_IF_ERROR(fire(watch, index, &watch->trigger[i], record->sequence, cycles, record->ns));
	}
	return ERROR_NONE;
}

/** Tests the triggers after slots were lost. The tested record is like the LOST record that other commands make for a
 * gap. @param record the first record after the gap */
static enum error test_gap(struct watch *watch, uint32_t index, const struct hold_record *record, uint64_t lost)
{
	struct trace_slot slots[1 + TRACE_LOST_EXT];
	struct hold_record made = {
		.slots = slots, .count = 1 + TRACE_LOST_EXT, .sequence = record->sequence, .ns = record->ns
	};
	uint64_t words[1 + TRACE_LOST_EXT];

	trace_lost_pack((struct trace_lost){ .slots = lost }, words);
	(void)trace_slots_make(slots, record->slots->tag, TRACE_LOST, TRACE_LOST_EXT, words);
	return test(watch, index, &made);
}

/* ---- slots that come ---- */

/** Takes a record before a trigger has fired, or before the window begins for this hart.
 * @param lost number of slots that are missing before it */
static enum error hold_record(struct watch *watch, uint32_t index, const struct hold_record *record, uint64_t lost)
{
	struct watch_hart *hart = &watch->hart[index];
	bool waiting = !watch->fired;
	int64_t horizon = waiting ? watch->settled_ns[0] : watch->moment_ns;

	horizon = horizon == INT64_MIN ? horizon : horizon - watch->options.before_ns;
	RETURN_IF_ERROR(hold_add(&watch->hold, index, record, horizon));
	if (waiting && lost)
		RETURN_IF_ERROR(test_gap(watch, index, record, lost));
	if (!watch->fired && is_record(record->slots, record->count))
		RETURN_IF_ERROR(test(watch, index, record));
	if (watch->fired && !hart->started && record->ns >= watch->from_ns)
		return write_held(watch, index);
	return ERROR_NONE;
}

/** Updates what is known about the hart before a record is tested. */
static void note_record(struct watch *watch, struct watch_hart *hart, const struct trace_slot *slot, size_t count)
{
	int64_t ns;

	if (is_sync(watch, slot, count) && hart->timed)
		take_sync(watch, hart, slot);
	ns = time_of(watch, hart, slot);
	hart->last_ns = ns > hart->last_ns ? ns : hart->last_ns;
	if (watch->first_ns < 0)
		watch->first_ns = hart->last_ns;
	watch->now_ns = hart->last_ns > watch->now_ns ? hart->last_ns : watch->now_ns;
}

/** Remembers what the next EXIT record needs. Called after a record was tested. */
static void note_observing(const struct watch *watch, struct watch_hart *hart, const struct trace_slot *slot,
			   size_t count)
{
	unsigned meaning = is_record(slot, count) ? meaning_of(watch, slot) : TRACE_EXT;

	if (meaning == TRACE_EXIT)
		hart->observing = 0;
	else if (meaning == TRACE_OBSERVING && !hart->observing)
		hart->observing = trace_observing_of(slot, (unsigned)count - 1).since;
}

/** Takes whole records of a hart. @param lost number of slots that are missing before the first one */
static enum error take_records(struct watch *watch, uint32_t index, uint64_t first, uint64_t lost,
			       const struct trace_slot *slots, size_t count)
{
	struct watch_hart *hart = &watch->hart[index];
	size_t begin = 0, i = 0, length; /* the records from `begin` to `i` go directly to the dump */
	bool whole;

	for (; i < count && !hart->finished; i += length, lost = 0) {
		length = record_slots(&slots[i], count - i, &whole);
		note_record(watch, hart, &slots[i], length);
		if (watch->fired && hart->started && hart->last_ns > watch->to_ns) {
			hart->finished = true;
			break;
		}
		if (watch->fired && hart->started) {
			count_lost(watch, hart, &slots[i], length);
			watch->written_ns = hart->last_ns > watch->written_ns ? hart->last_ns : watch->written_ns;
		} else {
			struct hold_record record = { .slots = &slots[i],
						      .count = length,
						      .sequence = first + i,
						      .ns = hart->last_ns,
						      .is_sync = is_sync(watch, &slots[i], length) };

			RETURN_IF_ERROR(hold_record(watch, index, &record, lost));
			begin = i + length;
		}
		note_observing(watch, hart, &slots[i], length);
	}
	return begin < i ? write_slots(watch, index, first + begin, slots + begin, i - begin) : ERROR_NONE;
}

/** Returns how many slots at the end belong to a record that is not complete yet. */
static size_t incomplete(const struct trace_slot *slots, size_t count)
{
	bool whole;

	for (size_t i = 0, length; i < count; i += length) {
		length = record_slots(&slots[i], count - i, &whole);
		if (!whole)
			return length;
	}
	return 0;
}

enum error watch_take(void *self, uint32_t index, uint64_t first, uint64_t lost, const struct trace_slot *slots,
		      size_t count)
{
	struct watch *watch = self;
	struct watch_hart *hart = &watch->hart[index];
	size_t carries = hart->carries, rest;

	watch->taken += count;
	if (!hart->begun) { /* what was lost before the recording began is no reason to fire */
		hart->begun = true;
		hart->end = first - lost;
		hart->started = hart->has_end = watch->options.triggers == 0;
		lost = 0;
	}
	hart->carries = 0;
	if (carries && lost) { /* the rest of the carried record is lost */
		RETURN_IF_ERROR(take_records(watch, index, hart->next - carries, 0, hart->carried, carries));
		carries = 0;
	}
	hart->next = first + count;
	if (carries) {
		memcpy(watch->joined, hart->carried, carries * sizeof(*slots));
		memcpy(watch->joined + carries, slots, count * sizeof(*slots));
		slots = watch->joined;
		first -= carries;
		count += carries;
	}
	rest = incomplete(slots, count);
	memcpy(hart->carried, slots + count - rest, rest * sizeof(*slots));
	hart->carries = rest;
	if (!hart->timed)
		set_clock(watch, hart, slots, count - rest);
	return take_records(watch, index, first, lost, slots, count - rest);
}

enum error watch_finish(void *self, struct dump_statistics *statistics)
{
	struct watch *watch = self;
	struct watch_hart *hart = &watch->hart[statistics->hart];
	uint64_t all = statistics->read + statistics->lost;

	if (hart->carries)
		RETURN_IF_ERROR(take_records(watch, statistics->hart, hart->next - hart->carries, 0, hart->carried,
					     hart->carries));
	hart->carries = 0;
	if (watch->options.triggers == 0 && !watch->full)
		return hart->end < hart->next ? dump_write_ring(watch->writer, statistics->hart, hart->next,
								hart->next - hart->end, NULL, 0)
					      : ERROR_NONE;
	statistics->read = hart->slots;
	statistics->lost = hart->lost;
	if (hart->finished || watch->full)
		statistics->in_flight = 0; /* this exit began after the end of the dump */
	hart->left_out = all - statistics->read - statistics->lost;
	return ERROR_NONE;
}

void watch_round(struct watch *watch)
{
	watch->settled_ns[0] = watch->settled_ns[1];
	watch->settled_ns[1] = watch->now_ns;
}

bool watch_is_over(const struct watch *watch)
{
	return watch->full || (watch->fired && watch->options.triggers && watch->now_ns >= watch->to_ns);
}
