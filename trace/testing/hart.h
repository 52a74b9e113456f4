/* One hart of a synthetic run. It has a clock, and writes records to the dump.
 * Used by synthetic.c and scenes.c. It does not decide what happens on the hart. */
#ifndef TRACE_TESTING_HART_H
#define TRACE_TESTING_HART_H

#include "trace/dump/writer.h"
#include "trace/format/event_fields.h"
#include "trace/testing/synthetic.h"

/** How long each exit takes before its `duration` begins, and after the time of its record. SYNC records contain these
 * times as `entry` and `leave`. */
#define HART_ENTRY_NS 10
#define HART_LEAVE_NS 20

struct run;

/** A hart. Times in ns count from the moment when mtime was 0. */
struct hart {
	struct run *run;
	uint32_t index;
	uint64_t ns;                          /* the time on this hart */
	uint64_t cycles_ns0;                  /* mcycle at time 0 */
	uint64_t random;                      /* state of hart_random() */
	uint64_t last_sync, slots_since_sync; /* time of the last SYNC record, and number of slots written since then */
	uint64_t ipis;      /* number of interrupts from other harts so far; joined interrupts count as one */
	uint64_t ipi_flow;  /* flow of the pending interrupt; 0 if none is pending */
	uint64_t ipi_ns;    /* the earliest time at which the pending interrupt can be received */
	int world;          /* enum trace_world: the software that runs when hv does not run */
	bool hangs;         /* the hart hangs, so nothing happens on it any more */
	uint64_t in_flight; /* if the hart hangs: mcycle when its last exit began */

	struct trace_slot slots[DUMP_RING_SLOTS]; /* slots that are not in the dump yet */
	size_t count;                             /* number of these slots */
	uint64_t first, lost_before;              /* sequence number of slots[0], and number of slots lost before it */
	uint64_t emitted, lost;                   /* number of slots produced so far, and how many of these are lost */
	uint64_t exits[2][64];                    /* exits by world and cause, as in struct dump_statistics */
};

/** A synthetic run. */
struct run {
	struct synthetic_options options;
	struct synthetic_facts *facts; /* facts about the run so far */
	struct dump_writer *writer;
	struct hart *harts; /* options.harts elements */
};

/** Returns the hart's next random number, in [0, @p below). */
uint64_t hart_random(struct hart *hart, uint64_t below);

/** Returns the hart's mcycle at time @p ns. */
uint64_t hart_cycles(const struct hart *hart, uint64_t ns);

/** Writes a record with the hart's present time. The record has a header and @p extra EXT slots. @p words has 1 + @p
 * extra words. */
void hart_record(struct hart *hart, unsigned id, unsigned extra, const uint64_t *words);

/** hart_record_NAME(hart, fields): writes a record of event NAME, with all EXT slots that it can have. */
#define EVENT(id, NAME, name, ext)                                                                                     \
	static inline void hart_record_##name(struct hart *hart, struct trace_##name fields)                           \
	{                                                                                                              \
		uint64_t words[1 + (ext)];                                                                             \
                                                                                                                       \
		trace_##name##_pack(fields, words);                                                                    \
		hart_record(hart, TRACE_##NAME, ext, words);                                                           \
	}
#include "trace/format/events.def"

/** Writes a SYNC record with the hart's present time. */
void hart_sync(struct hart *hart);

/** Writes the slots that are not in the dump yet. Some of these slots may be lost: this is decided at random. */
void hart_flush(struct hart *hart);

/** Simulates one scene on the hart, such as a timer interrupt, and writes the records of this scene (scenes.c). The
 * hart's time advances. */
void hart_scene(struct hart *hart);

#endif
