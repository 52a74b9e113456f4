/* A dump as records in time: takes chunks, places each hart's records on the common clock, and finds what is missing.
 * Used by every conversion and by the statistics, which are sinks. Knows nothing of their formats, nor of files. */
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

#define TIMELINE_HARTS 4096 /* more are taken for a damaged dump */

struct timeline_machine {
	struct dump_machine head;
	uint64_t *hart_ids;        /* head.harts of them */
	char *config;              /* JSON; "" if the dump does not have it */
	char build_id[2 * 20 + 1]; /* hexadecimal */
};

/** One record. Valid during the call. */
struct timeline_event {
	const struct trace_slot *slot; /* the header; EXT slots follow it */
	uint64_t cycles;               /* its timestamp, all 64 bits */
	int64_t ns;                    /* ... on the machine's clock; never less than the hart's record before */
	uint64_t sequence;             /* slots that the hart had written before */
	uint32_t hart;                 /* index */
	uint8_t id, extra;             /* enum trace_event, and number of EXT slots */

	/* Of an exit, in cycles of its hart (docs/trace-format.md, "How a hart's time is divided"). */
	uint64_t begin, end; /* when hv was entered, and left */
	int64_t end_ns;      /* ... on the machine's clock */
	uint64_t spent;      /* in hv between the two */
	uint64_t observing;  /* the part of that in which hv wrote SYNC and the modules' counters */
	uint64_t slept;      /* asleep between the two; not in `spent` */
	bool saturated;      /* hv spent at least that much: when the exit began is not known */
	/* When the exit before it ended. Of a hart's first exit: when hv wrote the last SYNC before the hart entered the firmware,
	 * or, without one, the hart's first record. */
	uint64_t since;
	uint64_t guest;   /* from `since` to `begin`; 0 of a window's first exit */
	bool guest_known; /* in all of `guest` the hart ran the world in which the exit began; else nobody can tell */
};

/** Slots that are missing: not read, not written, or parts of records the rest of which is missing. */
struct timeline_gap {
	uint64_t slots;
	int64_t from_ns, to_ns;
	uint32_t hart;
};

struct timeline;

/** What receives a dump. Functions may be NULL. Each hart's records come in order; harts come mixed. */
struct timeline_sink {
	enum error (*machine)(void *self, const struct timeline *timeline);
	void (*event)(void *self, const struct timeline_event *event);
	void (*gap)(void *self, const struct timeline_gap *gap);
	void (*statistics)(void *self, const struct dump_statistics *statistics);
	/** @p hart's ring held @p slots when it was read; its last record of them was at @p ns. */
	void (*filled)(void *self, uint32_t hart, int64_t ns, uint64_t slots);
	/** Whether `event` and `gap` are wanted outside of the options' window, too: for what lasts into it, or out of it. */
	bool outside;
	/** Has an error once what the sink makes is lost, so that whoever feeds the timeline may stop; NULL if that cannot be. */
	const struct error_kept *failure;
	void *self;
};

/** Totals of what was read. */
struct timeline_totals {
	uint64_t slots;   /* in ring chunks, of the harts that were asked for */
	uint64_t records; /* whole ones, between from and to */
	uint64_t lost;    /* slots of all gaps; LOST records count what they say, not themselves */
	uint64_t orphans; /* of those: EXT slots without their header, and headers without their EXT slots */
	uint64_t unknown_chunks;

	/* Of the harts that were asked for: whole records by event, those of them between from and to, and the slots of all. */
	uint64_t events[SCHEMA_EVENTS], inside[SCHEMA_EVENTS];
	uint64_t record_slots;
};

struct timeline_options {
	int64_t from_ns, to_ns;  /* only records in [from_ns, to_ns); 0 and INT64_MAX for all */
	int hart;                /* index, or -1 for all */
	const struct hv_elf *hv; /* has the configuration of a dump that has none, and the events of hv; may be NULL */
};

struct timeline {
	struct timeline_machine machine;
	struct timeline_totals totals;
	const struct timeline_options *options;
	const struct timeline_sink *sink;
	struct timeline_lane *lanes; /* by hart index */
	struct dump_schema *schema;  /* of the hv that wrote the dump; NULL: it is not known */
	struct register_names registers;
	/* By id: an event of this version, and the same one to the hv that wrote the dump, as far as that is known. */
	bool known[SCHEMA_EVENTS];
	struct phases phases; /* of the whole run; complete after timeline_finish */
	int64_t end_ns;       /* begin of the last exit that has not ended; 0 if there is none */
};

#define TIMELINE_ALL ((struct timeline_options){ .from_ns = 0, .to_ns = INT64_MAX, .hart = -1 })

/** Starts a timeline; @p options and @p sink must stay until timeline_close. */
void timeline_open(struct timeline *timeline, const struct timeline_options *options, const struct timeline_sink *sink);

/** Takes the dump's next chunk. The sink receives what has a time by then; memory does not grow with the dump: at most
 * 32 MiB are held.
 * @return ERROR_DATA if the chunk is wrong, or does not fit the options; the next may be taken nevertheless. The message names
 * neither file nor chunk */
enum error timeline_take(struct timeline *timeline, const struct dump_view *view) MUST_CHECK;

/** The dump has ended: the sink receives the rest. @return ERROR_DATA if there was no machine at all */
enum error timeline_finish(struct timeline *timeline) MUST_CHECK;

/** The name of an event, by the list of events of the hv that wrote it, which may be another version's. "unknown" if it has none there, or
 * one that something else has here. */
const char *timeline_event_name(const struct timeline *timeline, unsigned id);

/** An event's fields by the same list. If that does not have it: its words, as fields word0 and so on. */
const struct schema_event *timeline_event_fields(const struct timeline *timeline, unsigned id);

/** The register of a device that an exit was about: by the address that a load or store of it had. NULL: it was about none, or the
 * dump does not name it. A guest's virtual address, which differs from the register's, leads to no name. */
const char *timeline_register(const struct timeline *timeline, const struct timeline_event *exit);

/** Time of @p cycles on @p hart's clock, by the piece of line that the event being handed over lies on.
 * For starts that an event's payload tells of. */
int64_t timeline_ns(const struct timeline *timeline, uint32_t hart, uint64_t cycles);

/** Cycles of hv's in each exit of @p hart before the start that its record tells of. 0: the dump does not say. */
uint64_t timeline_entry(const struct timeline *timeline, uint32_t hart);

/** Uncertainty, in ns, of the time at @p cycles on @p hart's clock, by the piece of line that the event being handed over lies on.
 * INT64_MAX: it is not known. */
int64_t timeline_uncertainty(const struct timeline *timeline, uint32_t hart, uint64_t cycles);

/** Whether the times of @p hart's records are those of the machine's clock, or it has no records. False without SYNC records
 * or the rate of mtime, and with one alone if no other hart tells how fast cycles are: then a cycle was taken to be 1 ns. After timeline_finish. */
bool timeline_is_timed(const struct timeline *timeline, uint32_t hart);

/** Whether all times of @p hart are less than CLOCK_NS_MOST of clock.h. If not, the dump is wrong, and so are the times. Call it
 * after timeline_finish. */
#define TIMELINE_TOO_LATE "a time of 146 years or later: its times cannot be right"
bool timeline_times_fit(const struct timeline *timeline, uint32_t hart);

/** The greatest uncertainty, in ns, of @p hart's times before its first SYNC record and after its last one. INT64_MAX: it is not
 * known; 0: there are none. Call it after timeline_finish. */
int64_t timeline_uncertainty_outside(const struct timeline *timeline, uint32_t hart);

/** First and last time of all records, and of the ends of exits, also of those outside of the options' window; 0 and 0 if there are
 * none. Call it after timeline_finish. */
void timeline_extent(const struct timeline *timeline, int64_t *first_ns, int64_t *last_ns);

void timeline_close(struct timeline *timeline);

#endif
