/* The trace ring of one hart in proofs: any legal state, one operation on it, and a consumer that reads slots
 * meanwhile. Each store of hv to the ring is a call of trace_put_slot or trace_put_payload here, which states what must be
 * true of it. So the proofs need no memory for the slots, and hold for rings of any contents.
 * Included by the proofs of hv/ring, once each. The rules come from abi/hartscope.h and docs/trace-format.md. */
#ifndef HV_PROOFS_RING_H
#define HV_PROOFS_RING_H

#include "hv/proofs/hart.h"
#include "hv/ring/trace.h"

#define RING_BYTES ((uint64_t)CONFIG_TRACE_SLOTS * TRACE_SLOT_BYTES)

static struct trace_slot ring_slots[CONFIG_TRACE_SLOTS];
static struct tracer tracer;
static uint64_t ring_mtime;

struct tracer nondet_tracer(void);

/** In discard mode, how many bytes before ring_seen.head the consumer has not read. */
static uint64_t ring_unread;

/** A record: its event, and the words of its slots. */
struct ring_record {
	unsigned event, slots;
	uint64_t words[TRACE_RECORD_SLOTS];
	uint64_t first_mask; /* the bits of the first word that are known before hv writes the record */
};

/** The record that the operation has to write. */
static struct ring_record ring_wanted;

/** What hv has written since the operation began. */
static struct {
	uint64_t mode;     /* ring.mode when the last slot was written */
	uint64_t head;     /* ring.head then */
	uint64_t slots;    /* number of slots written from this head on */
	unsigned tag;      /* event and aux of the record that these slots belong to */
	uint64_t time;     /* its time */
	unsigned wanted;   /* number of records with the event of ring_wanted */
	unsigned syncs;    /* number of SYNC records */
	uint64_t reported; /* sum of the slots that LOST records report */
} ring_seen;

/* ---- the consumer ---- */

/** Whether the tail is what a consumer writes: how far it has read, or a value from before a change of mode, which is not
 * possible for the present ring. */
static inline bool ring_tail_is_legal(void)
{
	uint64_t above = tracer.ring.tail - tracer.ring.head;

	return above == -ring_unread || (above > 2 * RING_BYTES && -above > RING_BYTES);
}

/** Lets the consumer read any number of slots. Called when hv has written whole records only. */
static inline void ring_consume(void)
{
	uint64_t unread = nondet_u64();

	if (tracer.ring.mode == HARTSCOPE_MODE_OVERWRITE || nondet_bool())
		return;
	assume(unread <= ring_unread);
	ring_unread = unread;
	tracer.ring.tail = tracer.ring.head - unread;
}

/* ---- the stores ---- */

/* The distance of a slot from head in slots, if hv writes slots from head on. States which slots it may write. */
static inline uint64_t ring_distance(const struct trace_slot *slot)
{
	uint64_t offset = (uint64_t)slot - tracer.ring.slots, distance;

	prove(offset < RING_BYTES && offset % TRACE_SLOT_BYTES == 0, "hv writes slots of the ring");
	distance = (offset - tracer.ring.head) % RING_BYTES / TRACE_SLOT_BYTES;
	prove(distance < TRACE_RECORD_SLOTS, "before head moves, only its next four slots change");
	prove(tracer.ring.mode == HARTSCOPE_MODE_OVERWRITE ||
		      ring_unread + (distance + 1) * TRACE_SLOT_BYTES <= RING_BYTES,
	      "hv overwrites no unread slot");
	return distance;
}

/** Checks how head moves. Called before each store, and when the operation has ended. */
static inline void ring_check_head(void)
{
	if (tracer.ring.mode != ring_seen.mode) { /* a new mode has emptied the ring */
		prove(tracer.ring.head == 0 && tracer.ring.tail == 0 && ring_seen.slots == 0,
		      "a ring begins at slot 0 in a new mode");
		ring_seen.mode = tracer.ring.mode;
		ring_seen.head = ring_unread = 0;
	}
	if (tracer.ring.head != ring_seen.head) {
		prove(tracer.ring.head == ring_seen.head + ring_seen.slots * TRACE_SLOT_BYTES,
		      "head moves behind the slots that were written");
		prove(ring_seen.slots == 1 + (ring_seen.tag >> 8), "head moves behind a whole record");
		ring_unread += ring_seen.slots * TRACE_SLOT_BYTES;
		ring_seen.slots = 0;
		ring_consume();
	}
	ring_seen.head = tracer.ring.head;
}

/* Counts the record that begins with this slot. */
static inline void ring_begin_record(unsigned tag, uint64_t time, uint64_t payload)
{
	unsigned event = tag & 0xff;

	ring_seen.tag = tag;
	ring_seen.time = time;
	if (event == ring_wanted.event) {
		prove(1 + (tag >> 8) == ring_wanted.slots, "the record has the right number of slots");
		ring_seen.wanted++;
	} else if (event == TRACE_LOST) {
		ring_seen.reported += payload;
	} else if (event == TRACE_SYNC) {
		ring_seen.syncs++;
	} else {
		prove(event == TRACE_OBSERVING, "hv adds no other records");
	}
}

void trace_put_slot(struct trace_slot *slot, uint64_t time, unsigned tag, uint64_t payload)
{
	uint64_t distance;

	ring_check_head();
	distance = ring_distance(slot);
	prove(distance == ring_seen.slots, "hv writes one slot after the other");
	if (distance == 0)
		ring_begin_record(tag, time, payload);
	else
		prove(tag == TRACE_TAG(TRACE_EXT, distance - 1) && time == ring_seen.time, "EXT slots are numbered");
	if ((ring_seen.tag & 0xff) == ring_wanted.event && distance < ring_wanted.slots)
		prove(((payload ^ ring_wanted.words[distance]) & (distance ? ~0ull : ring_wanted.first_mask)) == 0,
		      "the record has the right words");
	ring_seen.slots++;
}

static uint64_t ring_exit_words[TRACE_EXIT_SLOTS];

void trace_put_payload(struct trace_slot *slot, uint64_t payload)
{
	uint64_t distance;

	ring_check_head();
	distance = ring_distance(slot);
	if (distance < TRACE_EXIT_SLOTS)
		ring_exit_words[distance] = payload;
}

/* ---- states ---- */

/** Whether the ring is as each function of hv/ring expects it and leaves it behind. */
static inline bool ring_is_legal(void)
{
	uint64_t head = tracer.ring.head, limit = tracer.limit;

	if (head % TRACE_SLOT_BYTES != 0 ||
	    (tracer.ring.mode == HARTSCOPE_MODE_DISCARD && (ring_unread > head || ring_unread > RING_BYTES)))
		return false;
	if (limit <= head) /* the short path writes nothing */
		return true;
	return limit <= (head / TRACE_SEGMENT_BYTES + 1) * TRACE_SEGMENT_BYTES &&
	       tracer.bias == tracer.ring.slots + head % RING_BYTES - head &&
	       (tracer.ring.mode == HARTSCOPE_MODE_OVERWRITE ||
		(limit - head <= RING_BYTES - ring_unread && tracer.lost == 0));
}

enum ring_operation {
	RING_WRITE, /* trace_write with 0 to 3 EXT slots */
	RING_WRITE_1,
	RING_WRITE_2,
	RING_WRITE_3,
	RING_EMIT, /* the short path for one slot */
	RING_PUT,  /* the way of fast paths */
	RING_EXIT, /* the record of an exit, which trap.S completes */
	RING_SYNC,
	RING_SYNC_BEFORE_EXIT,
	RING_SYNC_LATE,
	RING_STOPPED, /* another hart writes, after this one has stopped */
	RING_MODE,    /* the ring gets this mode; before, it was in the other one */
	RING_START    /* the ring is set up */
};

/** Chooses any hart, and any legal state in which a ring can be before @p operation if it is in @p mode afterwards. */
static inline void ring_choose(uint64_t mode, enum ring_operation operation)
{
	hart_choose();
	hart_present[CSR_SLOT_mcycle] = true;
	tracer = nondet_tracer();
	for (unsigned event = 0; event < TRACE_EVENTS; event++)
		tracer.on[event] = nondet_bool();
	tracer.synced = nondet_bool();
	tracer.counters_due = nondet_bool();
	tracer.ring.slots = (uint64_t)ring_slots;
	tracer.ring.mode = operation == RING_MODE ? 1 - mode : mode;
	tracer.mtime = &ring_mtime;
	ring_mtime = nondet_u64();
	ring_unread = nondet_u64();
	assume(tracer.ring.head < 1ull << 60); /* 2^60 bytes are never written */
	if (operation == RING_START) {         /* nothing has been written to the tracer */
		tracer = (struct tracer){};
		tracer.ring.mode = mode;
		ring_unread = 0;
		trace_open(&tracer);
	}
	assume(ring_is_legal() && (tracer.ring.mode == HARTSCOPE_MODE_OVERWRITE || ring_tail_is_legal()));
	ring_seen.mode = tracer.ring.mode;
	ring_seen.head = tracer.ring.head;
	trace_wanted.mask = nondet_u64();
	trace_wanted.mode = mode;
}

/* ---- operations ---- */

static inline void ring_want(enum trace_event event, unsigned slots)
{
	ring_wanted.first_mask = event == TRACE_EXIT ? ~0xffffffffull : ~0ull;
	ring_wanted.event = event;
	ring_wanted.slots = slots;
	for (unsigned i = 0; i < TRACE_RECORD_SLOTS; i++)
		ring_wanted.words[i] = nondet_u64();
	if (event == TRACE_EXIT) /* its fields end at bit 56 */
		ring_wanted.words[0] &= (1ull << 56) - 1;
}

/* The end of trap.S: it writes the first words of the slots and the duration, and moves head. */
static inline void ring_complete_exit(void)
{
	uint64_t time = nondet_u64();
	uint32_t duration = nondet_u32();

	if (tracer.exit_slot == tracer.nowhere) {
		prove(tracer.exit_head == tracer.ring.head, "an exit without a record does not move head");
		return;
	}
	ring_exit_words[0] = (ring_exit_words[0] & ~0xffffffffull) | duration;
	for (unsigned i = 0; i < TRACE_EXIT_SLOTS; i++)
		trace_put_slot(tracer.exit_slot + i, time,
			       i ? TRACE_TAG(TRACE_EXT, i - 1) : TRACE_TAG(TRACE_EXIT, TRACE_EXIT_SLOTS - 1),
			       ring_exit_words[i]);
	tracer.ring.head = tracer.exit_head;
}

/* Writes one record of the exit that is ending. Both of the functions may be called if the record fits. */
static inline void ring_exit(void)
{
	bool fits = tracer.ring.head + TRACE_EXIT_SLOTS * TRACE_SLOT_BYTES <= tracer.limit;

	ring_want(TRACE_EXIT, TRACE_EXIT_SLOTS);
	if (fits && nondet_bool())
		trace_prepare_exit(&tracer, ring_wanted.words);
	else
		trace_prepare_exit_over_limit(&tracer, ring_wanted.words, nondet_u64());
	ring_complete_exit();
}

/* Writes one record as fast paths do, if it is on and fits. */
static inline void ring_put(void)
{
	if (!trace_is_on(&tracer, TRACE_ECALL) || !trace_fits_ecall(&tracer, 1))
		return;
	ring_want(TRACE_ECALL, 1 + TRACE_ECALL_EXT);
	trace_put_ecall(&tracer, nondet_u64(), trace_ecall_unpack(ring_wanted.words, TRACE_ECALL_EXT));
}

/** Carries out @p operation once. */
static inline void ring_operate(enum ring_operation operation)
{
	enum trace_event event = nondet_u8() % TRACE_EVENTS;

	assume(event != TRACE_EXT && event != TRACE_SYNC && event != TRACE_LOST && event != TRACE_OBSERVING);
	ring_wanted.event = TRACE_EVENTS; /* none */
	switch (operation) {
	case RING_WRITE:
	case RING_WRITE_1:
	case RING_WRITE_2:
	case RING_WRITE_3:
		ring_want(event, 1 + operation);
		trace_write(&tracer, event, operation, ring_wanted.words, nondet_u64());
		break;
	case RING_EMIT:
		if (!trace_is_on(&tracer, event))
			return;
		ring_want(event, 1);
		trace_emit_slot(&tracer, event, ring_wanted.words[0]);
		break;
	case RING_PUT:
		ring_put();
		break;
	case RING_EXIT:
		ring_exit();
		break;
	case RING_SYNC:
		trace_sync(&tracer);
		break;
	case RING_SYNC_BEFORE_EXIT:
		trace_sync_before_exit(&tracer);
		break;
	case RING_SYNC_LATE:
		(void)trace_sync_late(&tracer, nondet_bool());
		break;
	case RING_STOPPED:
		ring_want(event, 2);
		trace_append_stopped(&tracer, event, 1, ring_wanted.words);
		break;
	case RING_MODE:
		trace_apply(&tracer);
		break;
	case RING_START:
		trace_start(&tracer, nondet_u32(), ring_slots, &ring_mtime, nondet_u64());
		break;
	}
}

#endif
