/* Counts the contents of a dump, chunk by chunk, in one pass.
 * Called by hstrace info and check. Does not decide how the counts are shown. */
#ifndef TRACE_CHECK_OVERVIEW_H
#define TRACE_CHECK_OVERVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/dump/moment.h"
#include "trace/dump/phases.h"
#include "trace/dump/reader.h"
#include "trace/dump/record.h"
#include "trace/dump/schema.h"
#include "trace/error/error.h"

/** The counts of one hart. A member counts slots, unless its comment says otherwise. */
struct overview_hart {
	struct record_stream stream;
	uint64_t id; /* the hart id; the hart's index if the dump does not describe the machine */
	bool begun;  /* the dump contains a RING chunk of the hart */
	uint64_t slots;
	uint64_t gaps, lost;  /* number of gaps, and of slots lost in them; a gap may lie before the first slot */
	uint64_t first, next; /* sequence number of the first slot, and 1 + that of the last slot */
	uint64_t begin, end;  /* mcycle of the first and of the last record; both are 0 if there is no record */
	uint64_t discarded;   /* slots that hv discarded, according to its LOST records (discard mode) */
	uint64_t events[SCHEMA_EVENTS]; /* number of records, by event */
	bool has_statistics;
	struct dump_statistics statistics;
};

struct overview {
	bool has_machine, has_schema;
	struct dump_machine machine;
	char *config; /* machine.config_bytes bytes without a 0 at the end; null if the dump has no configuration */
	struct dump_schema schema;
	struct phases phases;
	struct moments moments;
	/* The number of elements of `hart`: all harts of the machine. If the dump does not describe the machine, the
	 * elements go up to the last hart that has a chunk. */
	uint32_t harts;
	struct overview_hart *hart;
	uint64_t chunks, unknown_chunks;
	uint32_t unknown_type; /* the type of the first unknown chunk */
};

/** Called with each record, including inferred LOST records. @p context is the argument of overview_add(). If it
 * returns an error, overview_add() stops and returns that error. */
typedef enum error overview_visit(const struct trace_record *record, void *context);

/** Counts the contents of a chunk, and calls @p visit for each of its records. Before the first call, all members of
 * @p overview must be 0. @p visit may be null.
 * @return ERROR_DATA if a schema or phases cannot be parsed; ERROR_MEMORY if memory ran out; otherwise the value that
 *         @p visit returned */
enum error overview_add(struct overview *overview, const struct dump_view *view, overview_visit *visit,
			void *context) MUST_CHECK;

/** Called after the last chunk. If the last slots of a hart are lost, calls @p visit with an inferred LOST record for
 * this hart. */
enum error overview_finish(struct overview *overview, overview_visit *visit, void *context) MUST_CHECK;

/** Adds up the numbers of records of all harts, by event. */
void overview_count_events(const struct overview *overview, uint64_t counts[SCHEMA_EVENTS]);

/** Frees all memory of the overview. */
void overview_release(struct overview *overview);

#endif
