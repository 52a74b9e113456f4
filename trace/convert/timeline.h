/* Turns the chunks of a dump into records with times. The timeline computes each record's time on the machine's clock,
 * finds gaps, and passes records and gaps to a sink.
 * Every conversion and the statistics are sinks. Knows nothing of their output formats, and nothing of files. */
#ifndef TRACE_CONVERT_TIMELINE_H
#define TRACE_CONVERT_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/dump/moment.h"
#include "trace/dump/phases.h"
#include "trace/dump/reader.h"
#include "trace/dump/registers.h"
#include "trace/dump/schema.h"
#include "trace/elf/hv_elf.h"
#include "trace/error/error.h"
#include "trace/format/event_fields.h"

struct timeline_machine {
	struct dump_machine head;
	uint64_t *hart_ids;                           /* mhartid of each hart; the array has head.harts elements */
	char *config;                                 /* JSON; "" if the dump has no configuration */
	char build_id[2 * HV_ELF_BUILD_ID_BYTES + 1]; /* hexadecimal */
};

/** One record. It is valid only during the call that passes it to the sink. */
struct timeline_event {
	const struct trace_slot *slot; /* the header slot; the EXT slots follow it in memory */
	uint64_t cycles;               /* the record's timestamp, extended to 64 bits */
	int64_t ns;                    /* the time on the machine's clock; not before the hart's previous record */
	uint64_t sequence;             /* how many slots the hart had written before this record */
	uint32_t hart;                 /* the hart's index */
	uint8_t id, meaning, extra;    /* the id in the dump, the result of schema_meaning(), number of EXT slots */

	/* The following members are set only for EXIT records. All times but `end_ns` are cycles of the hart
	 * (docs/trace-format.md, "How a hart's time is divided"). */
	uint64_t begin, end; /* when the hart entered hv, and when it left */
	int64_t end_ns;      /* the time `end` on the machine's clock, in ns */
	uint64_t spent;      /* cycles in hv from `begin` to `end` */
	uint64_t observing;  /* the part of `spent` in which hv wrote SYNC and the modules' counters */
	uint64_t slept;      /* cycles that the hart slept from `begin` to `end`; not included in `spent` */
	bool saturated;      /* hv spent `spent` cycles or more, so the exit may have begun before `begin` */
	/* When the previous exit ended. For a hart's first exit, this is when hv wrote the last SYNC before the hart
	 * entered the firmware. If there is no such SYNC, it is the time of the hart's first record. */
	uint64_t since;
	uint64_t guest;   /* cycles from `since` to `begin`; 0 for the first exit in a window */
	bool guest_known; /* true if the hart was in the world in which the exit began during all of `guest` */
};

/** A gap: slots that are missing. They were not read, or hv did not write them, or they belong to an incomplete
 * record. */
struct timeline_gap {
	uint64_t slots;
	int64_t from_ns, to_ns;
	uint32_t hart;
};

struct timeline;

/** A sink consists of functions that receive the contents of a dump. Each function may be NULL. The records of one hart
 * come in order. The records of different harts are interleaved in no particular order. */
struct timeline_sink {
	enum error (*machine)(void *self, const struct timeline *timeline);
	void (*event)(void *self, const struct timeline_event *event);
	void (*gap)(void *self, const struct timeline_gap *gap);
	void (*statistics)(void *self, const struct dump_statistics *statistics);
	/** The ring of @p hart contained @p slots slots when it was read. The last record in them has the time @p
	 * ns. */
	void (*filled)(void *self, uint32_t hart, int64_t ns, uint64_t slots);
	/** True if `event` and `gap` are also called for records outside of the options' window. From such records a
	 * sink learns of exits, calls and sleeps that begin before the window or end after it. */
	bool outside;
	/** If the sink's output fails, this contains the error. The caller can then stop reading the dump. The pointer
	 * is NULL if the sink cannot fail. */
	const struct error_kept *failure;
	void *self;
};

/** Totals of the slots and records that were read. They include only the harts that the options select. */
struct timeline_totals {
	uint64_t slots;   /* slots in ring chunks */
	uint64_t records; /* complete records in the window */
	uint64_t lost;    /* slots of all gaps, and the numbers of lost slots that LOST records contain */
	uint64_t orphans; /* slots in `lost` that were read: EXT slots without header, headers without EXT slots */

	uint64_t events[SCHEMA_EVENTS]; /* complete records, by event */
	uint64_t inside[SCHEMA_EVENTS]; /* complete records in the window, by event */
	uint64_t record_slots;          /* slots of all complete records */
};

struct timeline_options {
	int64_t from_ns, to_ns;  /* the window is [from_ns, to_ns); use 0 and INT64_MAX for the whole dump */
	int hart;                /* index of the only hart to read; -1 for all harts */
	const struct hv_elf *hv; /* the ELF file of hv, which has its configuration and its schema; may be NULL */
};

struct timeline {
	struct timeline_machine machine;
	struct timeline_totals totals;
	const struct timeline_options *options;
	const struct timeline_sink *sink;
	struct timeline_lane *lanes; /* by hart index */
	struct dump_schema *schema;  /* the events of the hv that wrote the dump; NULL if they are not known */
	struct register_names registers;
	struct phases phases; /* the phases of the whole run; complete after timeline_finish */
	/* The moments at which triggers fired, and their times; complete after timeline_finish. The time is that of the
	 * record, or, if the dump lacks the record, the estimate of the recorder. */
	struct moments moments;
	int64_t moment_ns[MOMENTS_MOST];
	int64_t end_ns; /* start of the latest exit that never ended; 0 if every exit ended */
};

#define TIMELINE_ALL ((struct timeline_options){ .from_ns = 0, .to_ns = INT64_MAX, .hart = -1 })

/** Starts a timeline. @p options and @p sink must exist until timeline_close. */
void timeline_open(struct timeline *timeline, const struct timeline_options *options, const struct timeline_sink *sink);

/** Takes the dump's next chunk. Passes those records to the sink whose times are now known. The other records wait in
 * buffers, which take at most 32 MiB, however long the dump is.
 * @return ERROR_DATA if the chunk is wrong or does not fit the options; the caller may continue with the next chunk.
 * The error message names neither the file nor the chunk */
enum error timeline_take(struct timeline *timeline, const struct dump_view *view) MUST_CHECK;

/** Ends the dump, and passes the remaining records to the sink. @return ERROR_DATA if no chunk described the machine */
enum error timeline_finish(struct timeline *timeline) MUST_CHECK;

/** Returns an event's fields in the schema of the hv that wrote the dump. If the schema has no such event, the fields
 * are the record's words, with the names word0 to word3. */
const struct schema_event *timeline_event_fields(const struct timeline *timeline, unsigned id);

/** Returns the name of the device register that an exit's load or store accessed. The register is found by its address.
 * Returns NULL if the exit accessed no register, or if the dump does not name the register. Also returns NULL if the
 * guest used a virtual address that differs from the register's physical address. */
const char *timeline_register(const struct timeline *timeline, const struct timeline_event *exit);

/** Converts @p cycles of @p hart to a time in ns. Call it only from a function of the sink, and only for times near the
 * event that the function has received, for example for a start time in the event's payload. The reason is that the
 * function uses the piece of the clock's line on which this event lies. */
int64_t timeline_ns(const struct timeline *timeline, uint32_t hart, uint64_t cycles);

/** Returns how many cycles @p hart has already spent in hv when it reads the start time that an EXIT record contains.
 * Returns 0 if the dump does not contain this number. */
uint64_t timeline_entry(const struct timeline *timeline, uint32_t hart);

/** Returns the uncertainty, in ns, of the result of timeline_ns for the same arguments. Returns INT64_MAX if the
 * uncertainty is not known. */
int64_t timeline_uncertainty(const struct timeline *timeline, uint32_t hart, uint64_t cycles);

/** Returns whether the times of @p hart's records are times of the machine's clock. True for a hart without records.
 * False if the hart has no SYNC record, if mtime's rate is not known, or if no hart has two SYNC records that show how
 * fast cycles count. If the result is false, one cycle counts as 1 ns. Call it after timeline_finish. */
bool timeline_is_timed(const struct timeline *timeline, uint32_t hart);

/** Returns whether all times of @p hart are less than CLOCK_NS_MOST of clock.h. If they are not, the dump is damaged
 * and its times are wrong. Call it after timeline_finish. */
#define TIMELINE_TOO_LATE "a time of 146 years or later: its times cannot be right"
bool timeline_times_fit(const struct timeline *timeline, uint32_t hart);

/** Returns the maximum uncertainty, in ns, of the times before @p hart's first SYNC record and after its last one.
 * Returns 0 if no record lies there, and INT64_MAX if the uncertainty is not known. Call it after timeline_finish. */
int64_t timeline_uncertainty_outside(const struct timeline *timeline, uint32_t hart);

/** Finds the earliest and the latest time of all records and of all ends of exits, also outside of the options' window.
 * Both times are 0 if there are no records. Call it after timeline_finish. */
void timeline_extent(const struct timeline *timeline, int64_t *first_ns, int64_t *last_ns);

void timeline_close(struct timeline *timeline);

#endif
