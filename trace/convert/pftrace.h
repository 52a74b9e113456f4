/* Writes a timeline as a Perfetto trace (tracks, slices, instants, counters and flows), and counts what it wrote.
 * hstrace convert and tests use it as a sink of a timeline. Knows nothing of dump files. */
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
	const struct symbols *symbols; /* to name the functions of program counters; may be NULL */
	const char *cause;             /* write only exits of this name (names_kind_is); NULL for all */
	bool details;                  /* add cycles, outcome and module to each exit: costs up to 10 bytes per slot */
};

/** What was written. Tests compare it with what Perfetto's trace processor finds in the trace. Times in ns. */
struct pftrace_account {
	uint64_t tracks;    /* track descriptors, including those of counters */
	uint64_t slices;    /* all slices, each with a begin and an end; includes the following kinds */
	uint64_t exits;     /* slices of category exit */
	uint64_t exits_cut; /* those exits that end after the window */
	uint64_t gaps;      /* slices of category lost */
	uint64_t worlds;    /* slices named firmware or payload */
	uint64_t hv;        /* slices named hv, each inside one of a world */
	uint64_t asleep;    /* slices named asleep, during a wfi of the firmware */
	uint64_t details;   /* slices of category detail */
	uint64_t instants;
	uint64_t counters;   /* values of counters */
	uint64_t flows;      /* arrows, each from the send of an interrupt to its receive */
	uint64_t ends_alone; /* receives without an arrow, because their sends were lost */
	uint64_t lost;       /* slots that the slices of category lost stand for */
	uint64_t packets;
	int64_t first_ns, last_ns; /* times of the first and last event; INT64_MAX and 0 if there are none */
	uint64_t (*by_cause)[256]; /* exits by hart and cause */
	struct account events;     /* what became of the dump's records */
};

struct pftrace;

/** Makes a converter that writes to @p output, which must exist until pftrace_close. Errors while writing are kept in
 * the output.
 * @return ERROR_MEMORY or ERROR_NONE; after an error there is nothing to close */
enum error pftrace_open(struct pftrace **pftrace, struct output *output,
			const struct pftrace_options *options) MUST_CHECK;

/** The sink through which a timeline calls the converter. */
struct timeline_sink pftrace_sink(struct pftrace *pftrace);

/** Ends all open slices at the time of the last event of any hart. Call it after timeline_finish and
 * before timeline_close. */
void pftrace_finish(struct pftrace *pftrace);

const struct pftrace_account *pftrace_account(const struct pftrace *pftrace);

/** Prints the account, the timeline's totals and the number of bytes written as one JSON object. */
void pftrace_print_account(const struct pftrace *pftrace, const struct timeline *timeline, FILE *file);

void pftrace_close(struct pftrace *pftrace);

#endif
