/* Makes dumps of runs that never happened. They are deterministic, of any size, and contain things that are rare in
 * real runs.
 * Used by tests and benchmarks of the host tools. Knows nothing of what they do with the dumps. */
#ifndef TRACE_TESTING_SYNTHETIC_H
#define TRACE_TESTING_SYNTHETIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

#define SYNTHETIC_HARTS 64

/** Describes the run to make. */
struct synthetic_options {
	uint64_t slots;       /* about this many slots of all harts together; 0: no slots at all */
	uint32_t harts;       /* number of harts, 1 to SYNTHETIC_HARTS */
	uint64_t seed;        /* seed of the random numbers; a different number gives a different run */
	uint64_t cycles_hz;   /* frequency of mcycle, at least 1 MHz */
	uint64_t timebase_hz; /* frequency of mtime */
	uint64_t start_ns;    /* when the run begins, in ns since mtime was 0 */
	uint64_t skew_ns; /* error in SYNC records: each hart's mtime is this much earlier than the previous hart's */
	uint64_t start_cycles; /* hart 0's mcycle when mtime is 0; near 2^48 the timestamps wrap */
	unsigned loss;         /* of 1000 chunks, this many lose slots at their beginning */
	int hung;              /* index of a hart that hangs inside of an exit in the middle of the run; -1: none */
	bool overwritten;      /* the first slots of each hart are lost */
	bool discard;          /* losses are LOST records, not gaps between chunks */
	bool no_config;        /* the dump lacks hv's configuration */
	bool full;             /* with discard: the last slots are lost, too, without a LOST record */
	unsigned exit_args;    /* EXT slots of an EXIT record: 0 none, 1 pc, 2 pc and value */
};

#define SYNTHETIC_DEFAULTS                                                                                             \
	((struct synthetic_options){ .slots = 100000,                                                                  \
				     .harts = 2,                                                                       \
				     .seed = 1,                                                                        \
				     .cycles_hz = 1000000000,                                                          \
				     .timebase_hz = 10000000,                                                          \
				     .start_ns = 1000000,                                                              \
				     .start_cycles = 5000000,                                                          \
				     .hung = -1,                                                                       \
				     .exit_args = 2 })

/** What happened in the run, for comparison with what a tool finds in the dump. */
struct synthetic_facts {
	uint64_t slots; /* slots in the dump */
	uint64_t lost;  /* slots in all gaps and LOST records, without the remaining slots of records that a gap cuts */
	uint64_t exits[SYNTHETIC_HARTS][256];     /* exits by hart and cause; lost ones count, as in the statistics */
	uint64_t sends, receives, ecalls, sleeps; /* how often these happened, even if the record is lost */
};

/** Makes a run and writes its dump to @p path ("-": standard output).
 * @param facts receives what happened
 * @return ERROR_SYSTEM if the dump cannot be written; ERROR_MEMORY */
enum error synthetic_write(const char *path, const struct synthetic_options *options,
			   struct synthetic_facts *facts) MUST_CHECK;

#endif
