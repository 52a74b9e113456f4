/* Reads one hart's trace ring (struct hartscope_ring) while the hart writes it, and knows exactly what it lost.
 * Called with the ring as it lies in shared memory. Knows nothing of dumps, nor of what slots mean. */
#ifndef TRACE_LIVE_RING_H
#define TRACE_LIVE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "trace/format/slot.h"

/** Words of a ring as they were read: each only grows, except that `head` starts again when `erased` has grown. */
struct ring_words {
	uint64_t erased, head, lost; /* slots */
};

/** Where a reader of a ring stands. Starts as zeros with `ring` (or null), `slots`, `count` and `consumer` set. */
struct ring_reader {
	struct hartscope_ring *ring;
	const struct trace_slot *slots;
	uint64_t count;           /* a power of two */
	bool consumer;            /* discard mode: tell hv what was read, by writing `tail` */
	uint64_t next;            /* sequence number of the slot to be read next; counted over emptied rings */
	uint64_t read;            /* slots given to the caller */
	uint64_t lost;            /* slots that were gone, or may have been written while they were copied */
	struct ring_words seen;   /* when the ring was last found to go on */
	struct trace_slot newest; /* the slot before `next`, if that was read; its tag is 0 if it was not */
	bool restarted;           /* it is no longer the ring of this reader: nothing more is read */
};

/** Whether the ring is still the one that was read until now: nothing in it has gone back, and the newest slot that was read
 * is unchanged if it is still there. It is not after the guest has started anew, or if another program writes to it; then
 * reader->restarted is set for good. */
bool ring_continues(struct ring_reader *reader);

/** Copies the slots that come next, up to @p room of them, none of which was written meanwhile. Nothing is read if the ring
 * does not continue.
 * What was lost just before the first of them is what reader->lost and reader->next have grown by beyond it.
 * @param first where the sequence number of the first goes
 * @return how many; 0 if there are none at present, though lost may have grown */
size_t ring_read(struct ring_reader *reader, struct trace_slot *slots, size_t room, uint64_t *first);

/** Slots that the hart has not written for want of room (discard mode). */
uint64_t ring_discarded(const struct ring_reader *reader);

/** Slots that the hart has emitted: those written to this ring and to the ones emptied before, and those discarded. Never less
 * than what was read, lost and discarded. */
uint64_t ring_emitted(const struct ring_reader *reader);

#endif
