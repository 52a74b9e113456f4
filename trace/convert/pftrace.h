/* Writes a timeline as a Perfetto trace: tracks, slices, instants, counters and flows, and an account of what was written.
 * Used by hstrace convert and by tests, as a sink of a timeline. Knows nothing of dump files. */
#ifndef TRACE_CONVERT_PFTRACE_H
#define TRACE_CONVERT_PFTRACE_H

#include <stdint.h>
#include <stdio.h>

#include "trace/convert/account.h"
#include "trace/convert/output.h"
#include "trace/convert/symbols.h"
#include "trace/convert/timeline.h"
#include "trace/error/error.h"

struct pftrace_options {
	const struct symbols *symbols; /* for the functions of program counters; may be NULL */
	const char *cause;             /* only exits of this name (names_kind_is); NULL for all */
	bool details; /* exits have their cycles, outcome and module as arguments: up to 10 bytes a slot more */
};

/** What was written: a reader of the trace must find the same. Times in ns. */
struct pftrace_account {
	uint64_t tracks;    /* descriptors, those of counters among them */
	uint64_t slices;    /* begun, and each of them ended; those of the next five are among them */
	uint64_t exits;     /* category exit */
	uint64_t exits_cut; /* of those: they last on behind the window, where their records are */
	uint64_t gaps;      /* category lost */
	uint64_t worlds;    /* firmware and payload */
	uint64_t hv;        /* hv, inside of those */
	uint64_t asleep;    /* likewise, in a wfi of the firmware's */
	uint64_t details;   /* category detail */
	uint64_t instants;
	uint64_t counters;   /* values */
	uint64_t flows;      /* arrows: from each send to the receive that ended it */
	uint64_t ends_alone; /* receives whose sends were lost */
	uint64_t lost;       /* slots that the slices of category lost tell of */
	uint64_t packets;
	int64_t first_ns, last_ns; /* of all events; INT64_MAX and 0 if there are none */
	uint64_t (*by_cause)[256]; /* exits by hart and cause */
	struct account events;     /* what became of the dump's records */
};

struct pftrace;

/** A converter that writes to @p output, which must stay until pftrace_close, and keeps its failures. After an error there is
 * nothing to close. */
enum error pftrace_open(struct pftrace **pftrace, struct output *output,
			const struct pftrace_options *options) MUST_CHECK;

/** The functions that a timeline calls. */
struct timeline_sink pftrace_sink(struct pftrace *pftrace);

/** Ends all that is open, at the time of the last event of any hart. To be called after timeline_read, and before
 * timeline_close. */
void pftrace_finish(struct pftrace *pftrace);

const struct pftrace_account *pftrace_account(const struct pftrace *pftrace);

/** Writes the account, the timeline's totals, and bytes per slot as one JSON object. */
void pftrace_print_account(const struct pftrace *pftrace, const struct timeline *timeline, FILE *file);

void pftrace_close(struct pftrace *pftrace);

#endif
