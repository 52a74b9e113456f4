/* Copies slots from a ring, and reads the ring's head before and after. Slots that the hart may have overwritten
 * between these two reads are dropped.
 *
 * The ring lies in the guest's memory. Its words may have any value and may change at any time. So each word is loaded
 * once, and checked before anything is computed from it. */
#include "trace/live/ring.h"

#include <string.h>

/** The hart may already have written up to this many slots after the head that the reader sees. These are the slots of
 * two records, because the hart executes one fence per record. */
#define UNSEEN_SLOTS (2 * TRACE_RECORD_SLOTS)

/** No hart can have written this many slots, so a greater or equal number of slots is wrong. The limit also ensures
 * that sums of a few valid numbers fit into 64 bits. */
#define SLOTS_LIMIT (1ull << 56)

static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static uint64_t load_head(const struct ring_reader *reader)
{
	return load(&reader->ring->head) / TRACE_SLOT_BYTES;
}

static bool discards(const struct ring_reader *reader)
{
	return load(&reader->ring->mode) == HARTSCOPE_MODE_DISCARD;
}

static uint64_t load_tail(const struct ring_reader *reader)
{
	return load(&reader->ring->tail) / TRACE_SLOT_BYTES;
}

/** Returns the number of the oldest slot that the hart cannot be overwriting while the head is @p head. In discard
 * mode, all slots from the tail on are also safe, because the hart never overwrites slots that the consumer has not
 * read. */
static uint64_t oldest_believed(const struct ring_reader *reader, uint64_t head)
{
	uint64_t oldest = head + UNSEEN_SLOTS > reader->count ? head + UNSEEN_SLOTS - reader->count : 0;
	uint64_t tail = discards(reader) ? load_tail(reader) : oldest;

	return tail < oldest ? tail : oldest;
}

/** Copies @p count slots, beginning with number @p from. They may wrap around from the end of the ring to its start. */
static void copy(const struct ring_reader *reader, uint64_t from, size_t count, struct trace_slot *slots)
{
	uint64_t index = from & (reader->count - 1);
	size_t until_end = (size_t)(reader->count - index);
	size_t some = count < until_end ? count : until_end;

	memcpy(slots, reader->slots + index, some * sizeof(*slots));
	memcpy(slots + some, reader->slots, (count - some) * sizeof(*slots));
}

/** Continues at sequence number @p to. The slots before it that were not read are lost. */
static void lose_until(struct ring_reader *reader, uint64_t to)
{
	if (to <= reader->next)
		return;
	reader->lost += to - reader->next;
	reader->next = to;
}

/** Frees the slots that have been read, by moving the tail. @p erased is the value of the ring's `erased` when these
 * slots were read. */
static void acknowledge(const struct ring_reader *reader, uint64_t erased)
{
	uint64_t *tail = &reader->ring->tail;

	__atomic_store_n(tail, (reader->next - erased) * TRACE_SLOT_BYTES, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	/* If hv has just emptied the ring, the ring would seem full with this tail. */
	if (load(&reader->ring->erased) != erased)
		__atomic_store_n(tail, 0, __ATOMIC_RELEASE);
}

/** Whether the ring's words can have changed from @p before to @p now within one boot. The head may be 0 while `erased`
 * is still the same. This means that hv is just emptying the ring. */
static bool can_follow(const struct ring_words *before, const struct ring_words *now)
{
	bool emptied = now->erased > before->erased || now->head == 0;

	return now->erased < SLOTS_LIMIT && now->head < SLOTS_LIMIT && now->lost < SLOTS_LIMIT &&
	       now->erased >= before->erased && now->lost >= before->lost && (emptied || now->head >= before->head);
}

/** Checks the newest slot that was read. @return false if the slot should still be in the ring, but has changed */
static bool newest_is_there(const struct ring_reader *reader, const struct ring_words *now)
{
	uint64_t number = reader->next - 1 - now->erased;
	struct trace_slot slot;

	if (!reader->newest.tag || reader->next <= now->erased || number >= now->head ||
	    number < oldest_believed(reader, now->head))
		return true;
	copy(reader, number, 1, &slot);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return load(&reader->ring->erased) != now->erased || number < oldest_believed(reader, load_head(reader)) ||
	       memcmp(&slot, &reader->newest, sizeof(slot)) == 0;
}

bool ring_continues(struct ring_reader *reader)
{
	struct ring_words now;

	if (!reader->ring || reader->restarted)
		return !reader->restarted;
	now.erased = load(&reader->ring->erased);
	now.head = load_head(reader);
	now.lost = load(&reader->ring->lost);
	if (load(&reader->ring->erased) != now.erased)
		return true; /* `head` and `erased` may have been read at different times; the next call decides */
	reader->restarted = !can_follow(&reader->seen, &now) || !newest_is_there(reader, &now);
	if (reader->restarted)
		return false;
	if (now.head || now.erased > reader->seen.erased)
		reader->seen = now;
	else
		reader->seen.lost = now.lost;
	return true;
}

/* hv empties a ring by setting head to 0, then increasing `erased`, then writing new slots. So if `erased` is the same
 * before and after other words are read, these words belong together. The exception is a head of 0, and with this head
 * no slots are read. */
size_t ring_read(struct ring_reader *reader, struct trace_slot *slots, size_t room, uint64_t *first)
{
	if (!ring_continues(reader))
		return 0;

	uint64_t erased = load(&reader->ring->erased), head = load_head(reader);
	bool kept = reader->consumer && discards(reader);

	if (erased >= SLOTS_LIMIT || head >= SLOTS_LIMIT)
		return 0;
	lose_until(reader, erased);
	lose_until(reader, erased + (kept ? load_tail(reader) : oldest_believed(reader, head)));

	uint64_t from = reader->next - erased;

	if (head <= from)
		return 0;

	size_t count = head - from < room ? (size_t)(head - from) : room;

	if (count > reader->count)
		return 0; /* hv never writes so far beyond the tail, so another program has moved the tail */
	copy(reader, from, count, slots);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);

	uint64_t later = load_head(reader);

	if (load(&reader->ring->erased) != erased || later < head)
		return 0;

	uint64_t believed = kept ? 0 : oldest_believed(reader, later);
	size_t bad = believed <= from ? 0 : believed - from < count ? (size_t)(believed - from) : count;

	lose_until(reader, reader->next + bad);
	count -= bad;
	memmove(slots, slots + bad, count * sizeof(*slots));
	reader->newest = count ? slots[count - 1] : (struct trace_slot){ 0 };
	*first = reader->next;
	reader->next += count;
	reader->read += count;
	if (reader->consumer)
		acknowledge(reader, erased);
	return count;
}

uint64_t ring_discarded(const struct ring_reader *reader)
{
	return reader->ring ? reader->seen.lost : 0;
}

uint64_t ring_emitted(const struct ring_reader *reader)
{
	if (!reader->ring)
		return 0;

	uint64_t written = reader->seen.erased + reader->seen.head;

	return (written > reader->next ? written : reader->next) + reader->seen.lost;
}
