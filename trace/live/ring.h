/* Reads one hart's trace ring (struct hartscope_ring) while the hart writes it, and counts exactly which slots it lost.
 * Called by the recorder, with the ring in shared memory. It knows nothing about dumps, and does not interpret
 * slots. */
#ifndef TRACE_LIVE_RING_H
#define TRACE_LIVE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "trace/format/slot.h"

/** The words of a ring at the time when they were read. Within a boot, each word can only increase. The exception is
 * `head`, which starts again at 0 when `erased` increases. */
struct ring_words {
	uint64_t erased, head, lost; /* all three are numbers of slots */
};

/** A reader of a ring, and how far it has read. Before the first call, set `ring` (which may be null), `slots`, `count`
 * and `consumer`, and set everything else to zeros. */
struct ring_reader {
	struct hartscope_ring *ring;
	const struct trace_slot *slots;
	uint64_t count; /* how many slots the ring has: a power of two */
	bool consumer;  /* in discard mode, the reader frees the slots that it has read, by writing `tail` */
	uint64_t next;  /* sequence number of the next slot to read; it continues to grow when hv empties the ring */
	uint64_t read;  /* number of slots that the caller got */
	uint64_t lost;  /* number of slots that were overwritten before or while they were read */
	struct ring_words seen;   /* the words when ring_continues() last returned true */
	struct trace_slot newest; /* slot number `next` - 1; its tag is 0 if that slot was not read */
	bool restarted;           /* ring_continues() has returned false; nothing more is read */
};

/** Checks that the ring still belongs to the boot that was read until now. This is so if no word has decreased, and if
 * the newest slot that was read is unchanged or no longer in the ring. It is not so after the guest has restarted, or
 * after another program has written to the ring. Then this function returns false, now and in all later calls, and sets
 * reader->restarted. */
bool ring_continues(struct ring_reader *reader);

/** Copies the next slots, but at most @p room. The hart has certainly not overwritten a copied slot during the copy. If
 * ring_continues() returns false, nothing is read. The slots between the old reader->next and @p first are lost, and
 * this function adds them to reader->lost.
 * @param first receives the sequence number of the first copied slot, if any slot was copied
 * @return how many slots were copied; 0 if there is no new slot. Even then, some slots may have been lost */
size_t ring_read(struct ring_reader *reader, struct trace_slot *slots, size_t room, uint64_t *first);

/** Returns how many slots the hart has discarded because the ring was full (discard mode). */
uint64_t ring_discarded(const struct ring_reader *reader);

/** Returns how many slots the hart has emitted. These are all slots that it has written, including those before hv last
 * emptied the ring, and all slots that it has discarded. The result is never smaller than the sum of the slots that
 * were read, lost and discarded. */
uint64_t ring_emitted(const struct ring_reader *reader);

#endif
