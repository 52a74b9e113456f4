/* What a dump holds, in numbers: filled chunk by chunk, in one pass.
 * Called by info and check. Knows nothing of how it is shown. */
#ifndef TRACE_CHECK_OVERVIEW_H
#define TRACE_CHECK_OVERVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/dump/phases.h"
#include "trace/dump/reader.h"
#include "trace/dump/record.h"
#include "trace/dump/schema.h"
#include "trace/error/error.h"

/** One hart's part. Sequence numbers and counts are of slots. */
struct overview_hart {
	struct record_stream stream;
	uint64_t id; /* hart id; the index if the dump has no machine */
	bool begun;  /* it has a ring chunk */
	uint64_t chunks, slots;
	uint64_t gaps, lost;  /* gaps between its slots, and slots lost in them and before the first */
	uint64_t first, next; /* sequence number of the first slot, and after the last */
	uint64_t begin, end;  /* times of its first and last record; both 0 without a record */
	uint64_t discarded;   /* slots of LOST records that hv wrote (discard mode) */
	uint64_t events[SCHEMA_EVENTS];
	bool has_statistics;
	struct dump_statistics statistics;
};

struct overview {
	bool has_machine, has_schema, has_end;
	struct dump_machine machine;
	char *config; /* machine.config_bytes, not ended; null if there is none */
	struct dump_schema schema;
	struct phases phases;
	uint32_t harts; /* of `hart`: the machine's, or more if the dump lacks that */
	struct overview_hart *hart;
	uint64_t chunks, unknown_chunks;
	uint32_t unknown_type; /* of the first unknown chunk */
	struct dump_end end;
};

/** Called with each record, inferred ones too; @p context as given to overview_add(). An error ends that call. */
typedef enum error overview_visit(const struct trace_record *record, void *context);

/** Takes a chunk in. @p overview starts as zeros. @p visit may be null.
 * @return ERROR_DATA if the schema or the phases are wrong, or what @p visit returned */
enum error overview_add(struct overview *overview, const struct dump_view *view, overview_visit *visit,
			void *context) MUST_CHECK;

/** To be called after the last chunk: visits what is lost at each hart's end. */
enum error overview_finish(struct overview *overview, overview_visit *visit, void *context) MUST_CHECK;

void overview_release(struct overview *overview);

#endif
