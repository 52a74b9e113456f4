/* Dumps of runs that never were: deterministic, of any size, with what is rare in real ones.
 * Used by tests and benchmarks of the host tools. Knows nothing of what is made of the dumps. */
#ifndef TRACE_TESTING_SYNTHETIC_H
#define TRACE_TESTING_SYNTHETIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

#define SYNTHETIC_HARTS 64

struct synthetic_options {
	uint64_t slots;       /* about so many, of all harts together; 0 makes rings without slots */
	uint32_t harts;       /* 1 to SYNTHETIC_HARTS */
	uint64_t seed;        /* another number, another run */
	uint64_t cycles_hz;   /* of mcycle, at least 1 MHz */
	uint64_t timebase_hz; /* of mtime */
	uint64_t start_ns;    /* when the run begins */
	uint64_t skew_ns;     /* SYNC records of each hart are wrong: that much earlier than those of the hart before */
	uint64_t start_cycles; /* hart 0's mcycle at the start; near 2^48 the timestamps wrap */
	unsigned loss;         /* of 1000 chunks, this many lose slots at their beginning */
	int hung;              /* index of a hart that hangs inside of an exit half-way; -1 for none */
	bool overwritten;      /* the first slots of each hart are lost */
	bool discard;          /* losses are LOST records in the slots, not gaps between chunks */
	bool no_config;        /* the recorder did not have it */
	bool full;             /* with discard: there was no room for what came last, nor for a LOST record */
	unsigned exit_args;    /* EXT slots of an exit: 0 none, 1 pc, 2 pc and value */
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

/** What was put into the dump's chunks: what was lost is not in it. */
struct synthetic_facts {
	uint64_t slots, lost; /* lost: of all gaps and LOST records, but not what a gap leaves of a record */
	uint64_t exits[SYNTHETIC_HARTS][256]; /* by hart and cause, lost ones too, as STAT counts them */
	uint64_t sends, receives, ecalls, sleeps;
};

/** Writes a dump to @p path ("-": standard output). */
enum error synthetic_write(const char *path, const struct synthetic_options *options,
			   struct synthetic_facts *facts) MUST_CHECK;

#endif
