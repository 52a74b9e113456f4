/* A hart's trace: its ring, and the short way to write a record into it (docs/trace-format.md).
 * Included by all of hv that has events to tell; each hart writes its own ring. Without module `trace`, CONFIG_TRACE is 0 and
 * nothing of it is left in the image: a struct vcpu holds CONFIG_TRACE of these. Must not know what the events are about. */
#ifndef HV_RING_TRACE_H
#define HV_RING_TRACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "hv/arch/cold.h"
#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/config/config.h"
#include "trace/format/event_fields.h"

/** Slots of an exit's record. */
#define TRACE_EXIT_SLOTS (1 + CONFIG_TRACE_EXIT_ARGS)

struct tracer {
	struct hartscope_ring ring; /* what readers see */
	bool on[TRACE_EVENTS];      /* ring.mask, each event in a byte of its own: the quickest to look at */
	uint64_t limit;   /* head may go up to here without another look: end of the segment, or of the room */
	uint64_t bias;    /* head + bias is the address of the next slot; until limit */
	uint64_t sync_at; /* mcycle from which on SYNC is due; never while no event is on */
	const volatile uint64_t *mtime;
	uint64_t timebase_hz;                 /* ticks of mtime per second */
	uint64_t sync_head;                   /* where the last one ended */
	uint64_t sync_mcycle, sync_mtime;     /* of the last one */
	uint64_t lost_first, lost_last, lost; /* discard mode: what the next LOST record tells */
	struct trace_slot *exit_slot;         /* the record of the exit that ends now, which trap.S completes; ... */
	uint64_t exit_head;                   /* ... and the ring's head behind it */
	struct trace_slot nowhere[TRACE_EXIT_SLOTS]; /* the record of an exit that leaves none */
	uint32_t exit_entry, exit_leave;             /* SYNC's `entry` and `leave` */
	bool synced;                                 /* SYNC was written since the last exit's record */
	bool counters_due;                           /* SYNC was written: counter modules tell their counters */
	uint32_t hart;                               /* index */
	_Atomic uint64_t
		interrupt; /* 2 * number of the interrupt to this hart, + 1 while it is pending; any hart sets that */

	/* The payload's SBI call that the firmware has not answered yet. */
	struct {
		uint64_t pc;                     /* of the ecall */
		uint64_t words[TRACE_ECALL_EXT]; /* of its record, which has one more: the answer */
		bool pending;
	} call;
};

/** Segments of a ring: SYNC is written in each. */
#define TRACE_SEGMENTS 8
#define TRACE_SEGMENT_BYTES (CONFIG_TRACE_SLOTS / TRACE_SEGMENTS * TRACE_SLOT_BYTES)

/** What all harts' rings are to be: CTRL sets it, and each hart follows in trace_apply. Plain words: it is a message's
 * contents, and one CTRL at a time is what a guest may expect. */
struct trace_wanted {
	uint64_t mask, mode; /* bits of events; HARTSCOPE_MODE_... */
};
extern struct trace_wanted trace_wanted;

/** Makes the end of an exit possible before there is a ring: exits leave no record. Its hart only. */
COLD void trace_open(struct tracer *tracer);

/** Sets the ring up over CONFIG_TRACE_SLOTS slots at @p slots, as trace_wanted says, and writes the first
 * SYNC. Its hart only.
 * @param mtime       the machine's, to be read as a device register
 * @param timebase_hz its ticks per second */
COLD void trace_start(struct tracer *tracer, unsigned hart, struct trace_slot *slots, const volatile uint64_t *mtime,
		      uint64_t timebase_hz);

/** Writes SYNC: this hart's mcycle with the machine's mtime. */
COLD void trace_sync(struct tracer *tracer);

/** Before an exit's record: SYNC, if the record would come into another segment than the last one. The modules' counters are due then. */
COLD void trace_sync_before_exit(struct tracer *tracer);

/** SYNC that is due by time when an exit ends, likewise. Where the ring has no room for it beside the exit's record, which is there if
 * @p record, SYNC comes later.
 * @return whether it was written */
COLD bool trace_sync_late(struct tracer *tracer, bool record);

/** Prepares the record of the exit that is about to end: all but its time and duration, which trap.S writes. The second where
 * `limit` says so.
 * @param words     as of trace_write: bits 0-31 of the first count for nothing
 * @param observing mcycle since when SYNC and counters have been written for this exit; 0 if they have not */
void trace_prepare_exit(struct tracer *tracer, const uint64_t *words);
void trace_prepare_exit_over_limit(struct tracer *tracer, const uint64_t *words, uint64_t observing);

/** The same for an exit that leaves no record, and for the entry to the firmware. After both nothing is written until trap.S has
 * ended the exit. */
void trace_prepare_nothing(struct tracer *tracer);

/** Makes the ring what trace_wanted says, which empties it if its mode changes, and writes SYNC. Its hart only. */
COLD void trace_apply(struct tracer *tracer);

/** Writes a record of @p ext EXT slots (0-3) at @p time, also over the end of a segment or of the ring, where SYNC is due, and
 * where there is no room. @p words: the header's payload, then the EXT slots'. */
void trace_write(struct tracer *tracer, enum trace_event event, unsigned ext, const uint64_t *words, uint64_t time);

/** The same for a record of one slot. */
COLD void trace_write_slot(struct tracer *tracer, enum trace_event event, uint64_t payload, uint64_t time);

/** The clock of timestamps: physical mcycle. */
static inline uint64_t trace_clock(void)
{
	return csr_read(CSR_mcycle);
}

/** Whether @p event is on. That changes at run time. */
static inline bool trace_is_on(const struct tracer *tracer, enum trace_event event)
{
	return CONFIG_TRACE && tracer->on[event];
}

typedef uint16_t __attribute__((may_alias)) trace_tag;

/* The timestamp's store covers the whole word; the tag's then takes its upper part. */
static inline __attribute__((always_inline)) void trace_put_tag(struct trace_slot *slot, uint64_t time, unsigned tag)
{
	volatile uint64_t *stamp = &slot->tag;

	*stamp = time;
	((volatile trace_tag *)stamp)[3] = (uint16_t)tag;
}

static inline __attribute__((always_inline)) void trace_put_slot(struct trace_slot *slot, uint64_t time, unsigned tag,
								 uint64_t payload)
{
	trace_put_tag(slot, time, tag);
	slot->payload = payload;
}

/** Writes a record's slots, which lie one after the other at @p slot. @p words: 1 + @p ext of them. */
static inline __attribute__((always_inline)) void
trace_put_record(struct trace_slot *slot, uint64_t time, enum trace_event event, unsigned ext, const uint64_t *words)
{
	trace_put_slot(slot, time, TRACE_TAG(event, ext), words[0]);
#pragma GCC unroll 3 /* else the words would have to be in memory */
	for (unsigned i = 0; i < ext; i++)
		trace_put_slot(slot + 1 + i, time, TRACE_TAG(TRACE_EXT, i), words[1 + i]);
}

/* Makes what was written visible to readers, and after it the new head. */
static inline void trace_publish(struct tracer *tracer, uint64_t head)
{
	fence_writes();
	*(volatile uint64_t *)&tracer->ring.head = head;
}

/* Writes a record of one slot, if its event is on. In its place: two instructions where the event is off. */
static inline __attribute__((always_inline)) void trace_emit_slot(struct tracer *tracer, enum trace_event event,
								  uint64_t payload)
{
	if (__builtin_expect(!trace_is_on(tracer, event), 0))
		return;

	uint64_t head = tracer->ring.head, next = head + TRACE_SLOT_BYTES, time = trace_clock();

	if (__builtin_expect(next > tracer->limit, 0)) {
		trace_write_slot(tracer, event, payload, time);
		return;
	}
	trace_put_slot((struct trace_slot *)(head + tracer->bias), time, TRACE_TAG(event, 0), payload);
	trace_publish(tracer, next);
}

/** Writes a record into the ring of another hart, which has stopped: at the time of its newest record,
 * and without SYNC, since its clock is its own. Parameters as of trace_write. */
COLD void trace_append_stopped(struct tracer *tracer, enum trace_event event, unsigned ext, const uint64_t *words);

/** An interrupt from the hart of @p tracer to that of @p target, which has index @p hart and may not have started; before
 * it is sent. The target's, when it gets it. */
COLD void trace_send(struct tracer *tracer, struct tracer *target, unsigned hart);
COLD void trace_receive(struct tracer *tracer);

/* Writes a record of @p ext EXT slots (1-3) if its event is on. */
static inline void trace_emit_words(struct tracer *tracer, enum trace_event event, unsigned ext, const uint64_t *words)
{
	if (trace_is_on(tracer, event))
		trace_write(tracer, event, ext, words, trace_clock());
}

/** trace_emit_NAME(tracer, fields): writes a record of event NAME into this hart's ring, if the event is on.
 * @param fields struct trace_NAME; each value fits its field */
#define EVENT(id, NAME, name, ext)                                                                                     \
	static inline __attribute__((always_inline)) void trace_emit_##name(struct tracer *tracer,                     \
									    struct trace_##name fields)                \
	{                                                                                                              \
		uint64_t words[1 + (ext)];                                                                             \
                                                                                                                       \
		trace_##name##_pack(fields, words);                                                                    \
		if ((ext) == 0)                                                                                        \
			trace_emit_slot(tracer, TRACE_##NAME, words[0]);                                               \
		else                                                                                                   \
			trace_emit_words(tracer, TRACE_##NAME, ext, words);                                            \
	}
#include "trace/format/events.def"

#endif
