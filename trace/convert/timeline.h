/* Turns a dump into records with times: takes chunks, computes each record's time on the machine's clock, and finds
 * gaps.
 * Every conversion and the statistics receive the records as sinks. Knows nothing of their formats, nor of files. */
#ifndef TRACE_CONVERT_TIMELINE_H
#define TRACE_CONVERT_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/dump/phases.h"
#include "trace/dump/reader.h"
#include "trace/dump/registers.h"
#include "trace/dump/schema.h"
#include "trace/elf/hv_elf.h"
#include "trace/error/error.h"
#include "trace/format/event_fields.h"

#define TIMELINE_HARTS 4096 /* a dump that claims more harts is damaged */

struct timeline_machine {
	struct dump_machine head;
	uint64_t *hart_ids;        /* mhartid of each hart; head.harts elements */
	char *config;              /* JSON; "" if the dump has no configuration */
	char build_id[2 * 20 + 1]; /* hexadecimal */
};

/** One record. Valid only during the call that passes it. */
struct timeline_event {
	const struct trace_slot *slot; /* the header; EXT slots follow it */
	uint64_t cycles;               /* its timestamp, extended to 64 bits */
	int64_t ns;                    /* its time on the machine's clock; not before the hart's previous record */
	uint64_t sequence;             /* how many slots the hart had written before it */
	uint32_t hart;                 /* index */
	uint8_t id, extra;             /* enum trace_event, and number of EXT slots */

	/* The rest is set only for EXIT records. Unless noted, in cycles of the hart (docs/trace-format.md, "How a
	 * hart's time is divided"). */
	uint64_t begin, end; /* when the hart entered hv, and when it left */
	int64_t end_ns;      /* `end` on the machine's clock */
	uint64_t spent;      /* cycles in hv from `begin` to `end` */
	uint64_t observing;  /* the part of `spent` in which hv wrote SYNC and the modules' counters */
	uint64_t slept;      /* cycles asleep from `begin` to `end`; not included in `spent` */
	bool saturated;      /* hv spent at least `spent`, so that the exit may have begun before `begin` */
	/* When the previous exit ended. For a hart's first exit: when hv wrote the last SYNC before the hart entered
	 * the firmware, or, if there is none, the time of the hart's first record. */
	uint64_t since;
	uint64_t guest;   /* cycles from `since` to `begin`; 0 for the first exit in a window */
	bool guest_known; /* true: it spent all of `guest` in the world in which the exit began; false: unknown */
};

/** Missing slots: they were not read, were not written, or belong to an incomplete record. */
struct timeline_gap {
	uint64_t slots;
	int64_t from_ns, to_ns;
	uint32_t hart;
};

struct timeline;

/** A sink: the functions that receive a dump. Each may be NULL. The records of one hart come in order; those of
 * different harts come interleaved in no particular order. */
struct timeline_sink {
	enum error (*machine)(void *self, const struct timeline *timeline);
	void (*event)(void *self, const struct timeline_event *event);
	void (*gap)(void *self, const struct timeline_gap *gap);
	void (*statistics)(void *self, const struct dump_statistics *statistics);
	/** The ring of @p hart held @p slots when it was read. The last record of them has the time @p ns. */
	void (*filled)(void *self, uint32_t hart, int64_t ns, uint64_t slots);
	/** Whether `event` and `gap` are also called for records outside of the options' window. A sink needs those
	 * records to show what began before the window or ends after it. */
	bool outside;
	/** Contains an error once the sink's output has failed, so that the caller can stop reading the dump. NULL if
	 * the sink cannot fail. */
	const struct error_kept *failure;
	void *self;
};

/** Totals of what was read. They count only the harts that the options select. */
struct timeline_totals {
	uint64_t slots;   /* slots in ring chunks */
	uint64_t records; /* complete records in the window */
	uint64_t lost;    /* slots of all gaps; a LOST record adds the number that it contains, not its own slots */
	uint64_t orphans; /* slots of `lost` that were read: EXT slots without header, headers without EXT slots */
	uint64_t unknown_chunks;

	uint64_t events[SCHEMA_EVENTS]; /* complete records by event */
	uint64_t inside[SCHEMA_EVENTS]; /* those in the window */
	uint64_t record_slots;          /* slots of all complete records */
};

struct timeline_options {
	int64_t from_ns, to_ns;  /* the window: only records in [from_ns, to_ns); 0 and INT64_MAX for all */
	int hart;                /* only the hart with this index; -1 for all */
	const struct hv_elf *hv; /* configuration for a dump that has none, and the schema of its hv; may be NULL */
};

struct timeline {
	struct timeline_machine machine;
	struct timeline_totals totals;
	const struct timeline_options *options;
	const struct timeline_sink *sink;
	struct timeline_lane *lanes; /* by hart index */
	struct dump_schema *schema;  /* the events of the hv that wrote the dump; NULL if not known */
	struct register_names registers;
	/* By id: this version has such an event, and the hv that wrote the dump does not use the
	 * id for a different one. */
	bool known[SCHEMA_EVENTS];
	struct phases phases; /* of the whole run; complete after timeline_finish */
	int64_t end_ns;       /* start of the latest exit that has not ended; 0 if there is none */
};

#define TIMELINE_ALL ((struct timeline_options){ .from_ns = 0, .to_ns = INT64_MAX, .hart = -1 })

/** Starts a timeline. @p options and @p sink must exist until timeline_close. */
void timeline_open(struct timeline *timeline, const struct timeline_options *options, const struct timeline_sink *sink);

/** Takes the dump's next chunk. The sink receives the records whose times are known by then. At most 32 MiB of slots
 * wait for that, however long the dump is.
 * @return ERROR_DATA if the chunk is wrong or does not fit the options; the caller may continue with the next chunk.
 * The message names neither file nor chunk */
enum error timeline_take(struct timeline *timeline, const struct dump_view *view) MUST_CHECK;

/** Ends the dump: the sink receives the remaining records. @return ERROR_DATA if no chunk described the machine */
enum error timeline_finish(struct timeline *timeline) MUST_CHECK;

/** The name of an event in the schema of the hv that wrote the dump. That hv may be of a different version. "unknown"
 * if the schema has no such event, or if this version uses the name for something else. */
const char *timeline_event_name(const struct timeline *timeline, unsigned id);

/** An event's fields in the same schema. If the event is not in it, the fields are the record's
 * words, named word0 to word3. */
const struct schema_event *timeline_event_fields(const struct timeline *timeline, unsigned id);

/** The device register that an exit's load or store accessed, found by its address. NULL if it accessed none, or if the
 * dump does not name it. Also NULL if the guest maps the register at a virtual address that differs from the physical
 * one. */
const char *timeline_register(const struct timeline *timeline, const struct timeline_event *exit);

/** Time, in ns, of @p cycles on @p hart's clock. Call it from a sink's function, for a time near the event that it has
 * received, such as the start that the event's payload contains: the result follows the part of the clock's line that
 * this event lies on. */
int64_t timeline_ns(const struct timeline *timeline, uint32_t hart, uint64_t cycles);

/** How many cycles @p hart had already spent in hv at the start time that an exit's record reports. 0 if the dump does
 * not contain this number. */
uint64_t timeline_entry(const struct timeline *timeline, uint32_t hart);

/** Uncertainty, in ns, of timeline_ns for the same arguments. INT64_MAX if it is not known. */
int64_t timeline_uncertainty(const struct timeline *timeline, uint32_t hart, uint64_t cycles);

/** Whether the times of @p hart's records are times of the machine's clock. True for a hart without records. False if
 * the hart has no SYNC record, or mtime's rate is not known, or no hart has two SYNC records that show how fast cycles
 * count: then one cycle counts as 1 ns. Call it after timeline_finish. */
bool timeline_is_timed(const struct timeline *timeline, uint32_t hart);

/** Whether all times of @p hart are less than CLOCK_NS_MOST of clock.h. If not, the dump is damaged and its times are
 * wrong. Call it after timeline_finish. */
#define TIMELINE_TOO_LATE "a time of 146 years or later: its times cannot be right"
bool timeline_times_fit(const struct timeline *timeline, uint32_t hart);

/** The greatest uncertainty, in ns, of the times before @p hart's first SYNC record and after its last one. 0 if no
 * record lies there; INT64_MAX if the uncertainty is not known. Call it after timeline_finish. */
int64_t timeline_uncertainty_outside(const struct timeline *timeline, uint32_t hart);

/** The earliest and latest time of all records and ends of exits, inside and outside of the options' window. Both are 0
 * if there are no records. Call it after timeline_finish. */
void timeline_extent(const struct timeline *timeline, int64_t *first_ns, int64_t *last_ns);

void timeline_close(struct timeline *timeline);

#endif
