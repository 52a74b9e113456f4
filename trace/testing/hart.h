/* One hart of a synthetic run: its time, the slots that it writes, and what they become in the dump.
 * Used by synthetic.c and scenes.c. Knows nothing of what happens on the hart. */
#ifndef TRACE_TESTING_HART_H
#define TRACE_TESTING_HART_H

#include "trace/dump/writer.h"
#include "trace/format/event_fields.h"
#include "trace/testing/synthetic.h"

/** What SYNC says that exits take outside of their records' start and end. */
#define HART_ENTRY_NS 10
#define HART_LEAVE_NS 20

struct run;

struct hart {
	struct run *run;
	uint32_t index;
	uint64_t ns;         /* the hart's present */
	uint64_t cycles_ns0; /* mcycle at ns 0 */
	uint64_t random;
	uint64_t last_sync, slots_since_sync;
	uint64_t ipis;     /* pending interrupts that were sent to it until now */
	uint64_t ipi_flow; /* id of the one that is pending; 0 if none is */
	uint64_t ipi_ns;   /* when it can arrive */
	int world;
	bool hangs; /* nothing happens on it any more */
	uint64_t in_flight;

	struct trace_slot slots[DUMP_RING_SLOTS];
	size_t count;
	uint64_t first, lost_before; /* sequence of slots[0], and slots lost before it */
	uint64_t emitted, lost;
	uint64_t exits[2][64];
};

struct run {
	struct synthetic_options options;
	struct synthetic_facts *facts;
	struct dump_writer *writer;
	struct hart *harts;
};

/** The next number of the hart's own, in [0, @p below). */
uint64_t hart_random(struct hart *hart, uint64_t below);

/** mcycle at @p ns. */
uint64_t hart_cycles(const struct hart *hart, uint64_t ns);

/** Writes a record at the hart's present, of a header and @p extra EXT slots. @p words: 1 + @p extra of them. */
void hart_record(struct hart *hart, unsigned id, unsigned extra, const uint64_t *words);

/** hart_record_NAME(hart, fields): the same for a record with all EXT slots that event NAME can have. */
#define EVENT(id, NAME, name, ext)                                                                                     \
	static inline void hart_record_##name(struct hart *hart, struct trace_##name fields)                           \
	{                                                                                                              \
		uint64_t words[1 + (ext)];                                                                             \
                                                                                                                       \
		trace_##name##_pack(fields, words);                                                                    \
		hart_record(hart, TRACE_##NAME, ext, words);                                                           \
	}
#include "trace/format/events.def"

/** Writes a SYNC record at the hart's present. */
void hart_sync(struct hart *hart);

/** Writes what the hart holds to the dump. */
void hart_flush(struct hart *hart);

/** One thing that happens on the hart, with all its records (scenes.c). Its time goes on. */
void hart_scene(struct hart *hart);

#endif
