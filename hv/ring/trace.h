/* The trace of one hart: the ring, and the short path that writes a record into the ring (docs/trace-format.md). Every
 * part of hv that emits events includes this header. Each hart writes only its own ring. A struct vcpu has an array of
 * CONFIG_TRACE tracers. Without module `trace`, CONFIG_TRACE is 0, so the image contains neither tracers nor code of
 * the trace. Must not know the meaning of the events.
 * Unless a contract says otherwise, functions run on the tracer's own hart. */
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
#include "hv/ring/put.h"
#include "trace/format/event_fields.h"

/** Number of slots in an exit's record. */
#define TRACE_EXIT_SLOTS (1 + CONFIG_TRACE_EXIT_ARGS)

/** The state of one hart's trace. */
struct tracer {
	struct hartscope_ring ring; /* the part that readers see */
	/* ring.mask with one byte per event, which is faster to test. If ECALL_ARGS is on, ECALL is off here, so that
	 * the fast paths leave the record of an answered call to the long path, which writes both. */
	bool on[TRACE_EVENTS];
	/* The short path may write while head stays at or below this. It is the end of the segment or of the free
	 * slots. */
	uint64_t limit;
	uint64_t bias;    /* head + bias is the address of the next slot while head is below limit */
	uint64_t sync_at; /* SYNC is due when mcycle reaches this; while no event is on, SYNC is never due */
	const volatile uint64_t *mtime;       /* the machine's mtime register */
	uint64_t timebase_hz;                 /* ticks of mtime per second */
	uint64_t sync_head;                   /* ring.head after the last SYNC */
	uint64_t sync_mcycle, sync_mtime;     /* the two clocks at the last SYNC; sync_mcycle is the record's time */
	uint64_t lost_first, lost_last, lost; /* in discard mode, the times and the number for the next LOST record */
	/* the record of the exit that is ending, which trap.S completes */
	struct trace_slot *exit_slot;
	uint64_t exit_head;                          /* the ring's head after that record */
	struct trace_slot nowhere[TRACE_EXIT_SLOTS]; /* receives the slots of an exit that must leave no record */
	uint32_t exit_entry, exit_leave;             /* the members `entry` and `leave` of each SYNC record */
	bool synced;                                 /* a SYNC record has been written after the last exit's record */
	bool counters_due; /* SYNC has been written, and the modules now have to write their counters */
	uint32_t hart;     /* index of this hart */
	/* Twice the number of the interrupt to this hart that is pending or comes next, plus 1 while an interrupt is
	 * pending. Any hart may set the lowest bit. This hart clears that bit and increments the number when it
	 * receives the interrupt. */
	_Atomic uint64_t interrupt;

	/* The payload's SBI call that the firmware has not answered yet. */
	struct {
		uint64_t pc; /* address of the ecall instruction */
		/* words of the ECALL record; the last word is the answer, which hv adds later */
		uint64_t words[TRACE_ECALL_EXT];
		uint64_t arguments[1 + TRACE_ECALL_ARGS_EXT]; /* words of the ECALL_ARGS record, if `pending` says so */
		uint8_t pending;                              /* enum trace_call */
	} call;
};

/** What hv knows of the payload's SBI call that the firmware has not answered yet. */
enum trace_call { TRACE_CALL_NONE, TRACE_CALL_PLAIN, TRACE_CALL_WITH_ARGUMENTS };

/** Number of segments of a ring. hv writes a SYNC record in each segment, so that a reader can convert times even if
 * the ring has been overwritten in part. */
#define TRACE_SEGMENTS 8
#define TRACE_SEGMENT_BYTES (CONFIG_TRACE_SLOTS / TRACE_SEGMENTS * TRACE_SLOT_BYTES)

/** The mask and mode that the rings of all harts should have. The ecall CTRL writes them here, and each hart applies
 * them to its own ring in trace_apply. The members are not atomic, because each hart reads them only after a request
 * from the hart that wrote them (semantics 7). A guest must not make two CTRL calls at the same time. */
struct trace_wanted {
	uint64_t mask, mode; /* mask: bits of the events that should be on; mode: HARTSCOPE_MODE_... */
};
extern struct trace_wanted trace_wanted;

/** Prepares @p tracer for exits that end before the ring is set up. These exits leave no record. Called at boot, before
 * the first exit. */
COLD void trace_open(struct tracer *tracer);

/** Sets up the ring with the mask and mode of trace_wanted, and writes the first SYNC.
 * @param hart        index of this hart
 * @param slots       CONFIG_TRACE_SLOTS slots for the ring
 * @param mtime       the machine's mtime register
 * @param timebase_hz ticks of mtime per second */
COLD void trace_start(struct tracer *tracer, unsigned hart, struct trace_slot *slots, const volatile uint64_t *mtime,
		      uint64_t timebase_hz);

/** Writes a SYNC record, which pairs this hart's mcycle with the machine's mtime. */
COLD void trace_sync(struct tracer *tracer);

/** Called before the exit's record is written. If that record would end in another segment than the last SYNC record,
 * and the ring has room for a SYNC record and for the exit's record, it writes SYNC. After that, the modules have to
 * write their counters. */
COLD void trace_sync_before_exit(struct tracer *tracer);

/** Writes SYNC at the end of an exit, when enough time has passed since the last SYNC. After that, the modules have to
 * write their counters. If the ring does not have room for both SYNC and the exit's record, it postpones SYNC.
 * @param record true if the exit has a record
 * @return whether SYNC has been written */
COLD bool trace_sync_late(struct tracer *tracer, bool record);

/** Prepares the record of the exit that is about to end. trap.S adds the time and the duration. Used if head does not
 * pass `limit`.
 * @param words as for trace_write; bits 0-31 of the first word are ignored, because the duration goes there */
void trace_prepare_exit(struct tracer *tracer, const uint64_t *words);
/** Like trace_prepare_exit, but used if head would pass `limit`. It checks whether the ring has room. If trap.S cannot
 * complete the record, it writes the whole record itself.
 * @param observing mcycle when hv began to write SYNC and counters for this exit; 0 if hv has not done so */
void trace_prepare_exit_over_limit(struct tracer *tracer, const uint64_t *words, uint64_t observing);

/** Prepares the end of an exit that leaves no record, or the entry to the firmware at boot. trap.S then writes to
 * tracer->nowhere instead of the ring. After a call of any trace_prepare_ function, hv may write nothing to the ring
 * until trap.S has ended the exit. */
void trace_prepare_nothing(struct tracer *tracer);

/** Gives the ring the mask and mode of trace_wanted, and writes SYNC. A new mode empties the ring. */
COLD void trace_apply(struct tracer *tracer);

/** Writes a record. This function also works at the end of a segment or of the ring, when SYNC is due, and when the
 * ring has no room.
 * @param ext   number of EXT slots, 0 to 3
 * @param words the payload of the header slot, then the payload of each EXT slot
 * @param time  mcycle of the record */
void trace_write(struct tracer *tracer, enum trace_event event, unsigned ext, const uint64_t *words, uint64_t time);

/** Like trace_write, for a record of one slot with @p payload. */
COLD void trace_write_slot(struct tracer *tracer, enum trace_event event, uint64_t payload, uint64_t time);

/** Reads the clock for timestamps, which is physical mcycle. */
static inline uint64_t trace_clock(void)
{
	return csr_read(CSR_mcycle);
}

/** Whether @p event is on. The ecall CTRL can turn events on and off at run time. */
static inline bool trace_is_on(const struct tracer *tracer, enum trace_event event)
{
	return CONFIG_TRACE && tracer->on[event];
}

/** Writes the slots of a record to consecutive slots from @p slot on.
 * @param ext   number of EXT slots, 0 to 3
 * @param words 1 + @p ext payloads */
static inline __attribute__((always_inline)) void
trace_put_record(struct trace_slot *slot, uint64_t time, enum trace_event event, unsigned ext, const uint64_t *words)
{
	trace_put_slot(slot, time, TRACE_TAG(event, ext), words[0]);
#pragma GCC unroll 3 /* without unrolling, gcc would keep the words in memory */
	for (unsigned i = 0; i < ext; i++)
		trace_put_slot(slot + 1 + i, time, TRACE_TAG(TRACE_EXT, i), words[1 + i]);
}

/** Makes the written slots visible to readers, and then stores the new @p head (in bytes). */
static inline void trace_publish(struct tracer *tracer, uint64_t head)
{
	fence_writes();
	*(volatile uint64_t *)&tracer->ring.head = head;
}

/** Writes a record of one slot, if its event is on. Inline, so that an event that is off costs two instructions. */
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

/** Writes a record into the ring of another hart, which has stopped. Only that hart could read its clock. So the new
 * record gets the time of the newest record in that ring, and this function writes no SYNC. Parameters: see
 * trace_write. Called at the end of a run. */
COLD void trace_append_stopped(struct tracer *tracer, enum trace_event event, unsigned ext, const uint64_t *words);

/** Records that this hart sends an interrupt to another hart. Called before the interrupt is sent.
 * @param tracer the tracer of this hart
 * @param target the tracer of the receiver, which may not have started
 * @param hart   index of the receiver */
COLD void trace_send(struct tracer *tracer, struct tracer *target, unsigned hart);
/** Records that this hart has received the pending interrupt. Writes nothing if none is pending. */
COLD void trace_receive(struct tracer *tracer);

/** Writes a record of @p ext EXT slots (1 to 3), if its event is on. */
static inline void trace_emit_words(struct tracer *tracer, enum trace_event event, unsigned ext, const uint64_t *words)
{
	if (trace_is_on(tracer, event))
		trace_write(tracer, event, ext, words, trace_clock());
}

/** trace_emit_NAME(tracer, fields): writes a record of event NAME into this hart's ring, if the event is on. There is
 * one such function for each event of events.def.
 * @param fields a struct trace_NAME; each value has to fit in its field
 *
 * A fast path must not call functions, so it cannot use trace_emit_NAME. It uses these two instead:
 *
 * trace_fits_NAME(tracer, records): whether @p records records of event NAME can be written without a function call.
 * True if the event is off. A fast path calls it before it changes anything. If the result is false, the fast path
 * leaves the exit to the second tier, which writes the record with trace_emit_NAME.
 *
 * trace_put_NAME(tracer, time, fields): writes one record of event NAME with the time @p time, which is a value of
 * trace_clock(). The event must be on. */
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
	}                                                                                                              \
                                                                                                                       \
	static inline                                                                                                  \
		__attribute__((always_inline)) bool trace_fits_##name(const struct tracer *tracer, uint64_t records)   \
	{                                                                                                              \
		return !CONFIG_TRACE ||                                                                                \
		       tracer->ring.head + records * (1 + (ext)) * TRACE_SLOT_BYTES <= tracer->limit ||                \
		       !trace_is_on(tracer, TRACE_##NAME);                                                             \
	}                                                                                                              \
                                                                                                                       \
	static inline __attribute__((always_inline)) void trace_put_##name(struct tracer *tracer, uint64_t time,       \
									   struct trace_##name fields)                 \
	{                                                                                                              \
		uint64_t words[1 + (ext)], head = tracer->ring.head;                                                   \
                                                                                                                       \
		trace_##name##_pack(fields, words);                                                                    \
		trace_put_record((struct trace_slot *)(head + tracer->bias), time, TRACE_##NAME, ext, words);          \
		trace_publish(tracer, head + (1 + (ext)) * TRACE_SLOT_BYTES);                                          \
	}
#include "trace/format/events.def"

#endif
