/* Copies slots out of a ring between two looks at its head, and drops those that may have been written meanwhile.
 *
 * The ring lies in the guest's memory. All its words may have any value, and change at any time: each is loaded once where it
 * is used, and checked before anything is computed from it. */
#include "trace/live/ring.h"

#include <string.h>

/** The writer may be this many slots past the head that is seen: up to two records, for one fence a record. */
#define UNSEEN_SLOTS (2 * TRACE_RECORD_SLOTS)

/** Slots that no hart can have written: more are a mistake, and sums of a few such numbers still fit 64 bits. */
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

/** Number of the oldest slot that is certainly not being written when the head is @p head. In discard mode nothing that the
 * consumer has not read is written over. */
static uint64_t oldest_believed(const struct ring_reader *reader, uint64_t head)
{
	uint64_t oldest = head + UNSEEN_SLOTS > reader->count ? head + UNSEEN_SLOTS - reader->count : 0;
	uint64_t tail = discards(reader) ? load_tail(reader) : oldest;

	return tail < oldest ? tail : oldest;
}

static void copy(const struct ring_reader *reader, uint64_t from, size_t count, struct trace_slot *slots)
{
	uint64_t index = from & (reader->count - 1);
	size_t until_end = (size_t)(reader->count - index);
	size_t some = count < until_end ? count : until_end;

	memcpy(slots, reader->slots + index, some * sizeof(*slots));
	memcpy(slots + some, reader->slots, (count - some) * sizeof(*slots));
}

/** Goes on to sequence number @p to; what is left out is lost. */
static void lose_until(struct ring_reader *reader, uint64_t to)
{
	if (to <= reader->next)
		return;
	reader->lost += to - reader->next;
	reader->next = to;
}

/** Frees what has been read of the ring that began at sequence number @p erased. */
static void acknowledge(const struct ring_reader *reader, uint64_t erased)
{
	uint64_t *tail = &reader->ring->tail;

	__atomic_store_n(tail, (reader->next - erased) * TRACE_SLOT_BYTES, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (load(&reader->ring->erased) != erased) /* emptied just now: no room would be left */
		__atomic_store_n(tail, 0, __ATOMIC_RELEASE);
}

/** Whether the words can follow on those seen before. A head of 0 with the same `erased` can: hv is emptying the ring. */
static bool can_follow(const struct ring_words *before, const struct ring_words *now)
{
	bool emptied = now->erased > before->erased || now->head == 0;

	return now->erased < SLOTS_LIMIT && now->head < SLOTS_LIMIT && now->lost < SLOTS_LIMIT &&
	       now->erased >= before->erased && now->lost >= before->lost && (emptied || now->head >= before->head);
}

/** Whether the newest slot that was read is in the ring as it was read, or may have been written over since. */
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
		return true; /* head and `erased` may belong to different rings; the next call will see */
	reader->restarted = !can_follow(&reader->seen, &now) || !newest_is_there(reader, &now);
	if (reader->restarted)
		return false;
	if (now.head || now.erased > reader->seen.erased)
		reader->seen = now;
	else
		reader->seen.lost = now.lost;
	return true;
}

/* hv empties a ring by head = 0, then `erased`, then new slots: so all that is between two equal values of `erased` is of
 * one ring, except a head of 0, at which nothing is read. */
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
		return 0; /* hv would not write so far past the consumer's tail: somebody else has changed it */
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
