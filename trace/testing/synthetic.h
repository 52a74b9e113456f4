/* Makes dumps of simulated runs. The same options always give the same dump. A dump can have any size, and contains
 * events that are rare in real runs.
 * Used by tests and benchmarks of the host tools. It does not know how they use the dumps. */
#ifndef TRACE_TESTING_SYNTHETIC_H
#define TRACE_TESTING_SYNTHETIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

#define SYNTHETIC_HARTS 64

/** Describes the run to make. */
struct synthetic_options {
	uint64_t slots;       /* approximate number of slots of all harts together; 0 for no slots at all */
	uint32_t harts;       /* number of harts, 1 to SYNTHETIC_HARTS */
	uint64_t seed;        /* seed of the random numbers; each number gives a different run */
	uint64_t cycles_hz;   /* frequency of mcycle, at least 1 MHz */
	uint64_t timebase_hz; /* frequency of mtime */
	uint64_t start_ns;    /* time when the run begins, in ns since mtime was 0 */
	uint64_t skew_ns;   /* error in SYNC records: each hart's mtime is this much earlier than the previous hart's */
	uint64_t past_ipis; /* each hart has received this many more IPIs before the run than the hart before */
	uint64_t start_cycles; /* hart 0's mcycle when mtime is 0; with a value near 2^48, the timestamps wrap */
	unsigned loss;         /* how many of 1000 chunks lose slots at their beginning */
	int hung;              /* index of a hart that hangs in an exit in the middle of the run; -1 for none */
	bool overwritten;      /* the first slots of each hart are lost */
	bool discard;          /* losses appear as LOST records, not as gaps between chunks */
	bool no_config;        /* the dump lacks hv's configuration */
	bool full;             /* with `discard`: the last slots are lost, too, without a LOST record */
	unsigned exit_args;    /* number of EXT slots of an EXIT record: 0; 1 with pc; 2 with pc and value */
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

/** Facts about the run. Tests compare them with the output of a tool that reads the dump. */
struct synthetic_facts {
	uint64_t slots; /* slots in the dump */
	uint64_t lost;  /* slots in all gaps and LOST records; not counted are slots of records that a gap cuts */
	uint64_t exits[SYNTHETIC_HARTS][256]; /* exits by hart and cause; includes lost exits, as the statistics do */
	uint64_t sends, receives, ecalls, sleeps; /* how often these happened; includes lost records */
};

/** Makes a run and writes its dump to @p path, or to standard output if @p path is "-".
 * @param facts receives facts about the run
 * @return ERROR_SYSTEM if the dump cannot be written; ERROR_MEMORY */
enum error synthetic_write(const char *path, const struct synthetic_options *options,
			   struct synthetic_facts *facts) MUST_CHECK;

#endif
