/* Writes a timeline as a Perfetto trace (tracks, slices, instants, counters and flows), and counts everything that it
 * writes.
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
	const struct symbols *symbols; /* gives the names of functions at program counters; may be NULL */
	const char *cause;             /* only exits with this name are written (names_kind_is); NULL for all exits */
	bool joined;                   /* another Perfetto trace is appended (pftrace_join) */
	int64_t boottime_ns; /* if joined: the time of mtime at which the other trace's clock BOOTTIME was 0 */
	bool details;        /* adds cycles, outcome and module to each exit, and slices hv to the world tracks */
};

/** The numbers of tracks, slices and so on that the converter wrote. Tests compare them with the numbers that
 * Perfetto's trace processor finds in the trace. Times are in ns. */
struct pftrace_account {
	uint64_t tracks;    /* track descriptors, including those of counters */
	uint64_t slices;    /* all slices, including those that the next members count by kind */
	uint64_t exits;     /* slices of category exit */
	uint64_t exits_cut; /* slices of category exit whose exits end after the window */
	uint64_t gaps;      /* slices of category lost */
	uint64_t worlds;    /* slices named firmware or payload */
	uint64_t hv;        /* slices named hv: see pf_in_flight(); with --cause or --details also all exits */
	uint64_t asleep;    /* slices named asleep: the firmware executed wfi, and the hart slept */
	uint64_t details;   /* slices of category detail */
	uint64_t instants;
	uint64_t counters;   /* values of counters */
	uint64_t flows;      /* arrows, each from the send of an interrupt to its receive */
	uint64_t ends_alone; /* receives without an arrow, because their sends were lost */
	uint64_t lost;       /* number of lost slots that the slices of category lost represent */
	uint64_t packets;
	int64_t first_ns, last_ns; /* times of the first and last event; INT64_MAX and 0 if there are none */
	uint64_t (*by_cause)[256]; /* number of exits by hart and cause */
	struct account events;     /* number of records that are in the trace, and that are not, by event */
};

struct pftrace;

/** Makes a converter that writes to @p output, which must exist until pftrace_close. If writing fails, the output keeps
 * the error.
 * @return ERROR_MEMORY or ERROR_NONE; after an error there is nothing to close */
enum error pftrace_open(struct pftrace **pftrace, struct output *output,
			const struct pftrace_options *options) MUST_CHECK;

/** The sink through which a timeline calls the converter. */
struct timeline_sink pftrace_sink(struct pftrace *pftrace);

/** Ends all open slices at the time of the last event of any hart. Call it after timeline_finish and before
 * timeline_close. */
void pftrace_finish(struct pftrace *pftrace);

/** Writes the packet that relates the clock BOOTTIME of another Perfetto trace to the times of this one. The packets of that trace
 * come after it. Call it after pftrace_finish, if options.joined is true.
 *
 * The times of this trace are then those of the clock TSC, which no trace of a RISC-V machine has, so BOOTTIME can begin later than
 * this trace. */
void pftrace_join(struct pftrace *pftrace);

const struct pftrace_account *pftrace_account(const struct pftrace *pftrace);

/** Prints the account, the timeline's totals and the number of bytes written as one JSON object. */
void pftrace_print_account(const struct pftrace *pftrace, const struct timeline *timeline, FILE *file);

void pftrace_close(struct pftrace *pftrace);

#endif
