/* Reads one hart's trace ring (struct hartscope_ring) while the hart writes it, and counts exactly which slots it lost.
 * Called by the recorder, with the ring in shared memory. Knows nothing about dumps, nor about what slots mean. */
#ifndef TRACE_LIVE_RING_H
#define TRACE_LIVE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "trace/format/slot.h"

/** Words of a ring as they were read. Each only grows, except that `head` starts again at 0 when `erased` grows. */
struct ring_words {
	uint64_t erased, head, lost; /* in slots */
};

/** A reader of a ring, and how far it has read. Starts as zeros, except `ring` (may be null), `slots`, `count` and
 * `consumer`. */
struct ring_reader {
	struct hartscope_ring *ring;
	const struct trace_slot *slots;
	uint64_t count; /* how many slots the ring has: a power of two */
	bool consumer;  /* in discard mode, free slots that were read, by writing `tail` */
	uint64_t next;  /* sequence number of the next slot to read; it continues to grow when hv empties the ring */
	uint64_t read;  /* slots given to the caller */
	uint64_t lost;  /* slots overwritten before they were read, or perhaps while they were copied */
	struct ring_words seen;   /* the words when ring_continues() last returned true */
	struct trace_slot newest; /* slot number `next` - 1; its tag is 0 if that slot was not read */
	bool restarted;           /* ring_continues() has found that the ring was written anew: nothing more is read */
};

/** Whether the ring is still the one that was read until now: no word has gone backwards, and the newest slot that was
 * read is unchanged if it is still there. This is false after the guest has restarted, or after another program has
 * written to the ring; then reader->restarted stays set. */
bool ring_continues(struct ring_reader *reader);

/** Copies the next slots, up to @p room of them; the hart has not written any of them meanwhile. Reads nothing if the
 * ring does not continue. The slots between the old reader->next and @p first are lost, and have been added to
 * reader->lost.
 * @param first set to the sequence number of the first slot copied, if any
 * @return how many slots were copied; 0 if there are none at present, though some may have been lost */
size_t ring_read(struct ring_reader *reader, struct trace_slot *slots, size_t room, uint64_t *first);

/** How many slots the hart has discarded because the ring was full (discard mode). */
uint64_t ring_discarded(const struct ring_reader *reader);

/** How many slots the hart has emitted: those written, including before hv emptied the ring, and those discarded. Never
 * less than the slots read, lost and discarded. */
uint64_t ring_emitted(const struct ring_reader *reader);

#endif
