/* Counts what a dump holds, chunk by chunk, in one pass.
 * Called by hstrace info and check. Knows nothing about how the counts are shown. */
#ifndef TRACE_CHECK_OVERVIEW_H
#define TRACE_CHECK_OVERVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/dump/phases.h"
#include "trace/dump/reader.h"
#include "trace/dump/record.h"
#include "trace/dump/schema.h"
#include "trace/error/error.h"

/** The numbers of one hart. Unless stated otherwise, they count slots. */
struct overview_hart {
	struct record_stream stream;
	uint64_t id; /* hart id; the index if the dump has no machine */
	bool begun;  /* the dump has a RING chunk of it */
	uint64_t chunks, slots;
	uint64_t gaps, lost; /* number of gaps, including one before the first slot, and number of slots lost in them */
	uint64_t first, next;           /* sequence numbers: of the first slot, and after the last */
	uint64_t begin, end;            /* mcycle of the first and the last record; both 0 if there is none */
	uint64_t discarded;             /* slots that hv discarded, according to its LOST records (discard mode) */
	uint64_t events[SCHEMA_EVENTS]; /* number of records, by event */
	bool has_statistics;
	struct dump_statistics statistics;
};

struct overview {
	bool has_machine, has_schema, has_end;
	struct dump_machine machine;
	char *config; /* machine.config_bytes, without a 0 at the end; null if there is none */
	struct dump_schema schema;
	struct phases phases;
	uint32_t harts; /* elements of `hart`: the machine's, or those with chunks if there is no machine */
	struct overview_hart *hart;
	uint64_t chunks, unknown_chunks;
	uint32_t unknown_type; /* of the first unknown chunk */
	struct dump_end end;
};

/** Called with each record, including inferred LOST records. @p context is the argument of overview_add(). If it
 * returns an error, overview_add() stops and returns that error. */
typedef enum error overview_visit(const struct trace_record *record, void *context);

/** Counts what a chunk holds, and visits its records. @p overview starts as zeros. @p visit may be null.
 * @return ERROR_DATA if a schema or phases cannot be parsed; ERROR_MEMORY if memory ran out; otherwise what @p visit
 *         returned */
enum error overview_add(struct overview *overview, const struct dump_view *view, overview_visit *visit,
			void *context) MUST_CHECK;

/** Called after the last chunk. Visits an inferred LOST record for each hart that has lost slots at its end. */
enum error overview_finish(struct overview *overview, overview_visit *visit, void *context) MUST_CHECK;

/** Frees what was allocated. */
void overview_release(struct overview *overview);

#endif
