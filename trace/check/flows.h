/* Checks the times of the interrupts that harts send to each other. On the machine's clock, no interrupt may be
 * received before it was sent.
 * Called by hstrace check with each chunk. The times come from trace/convert/timeline.h. Knows nothing about files. */
#ifndef TRACE_CHECK_FLOWS_H
#define TRACE_CHECK_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/timeline.h"
#include "trace/error/error.h"

/** It is no error if the computed time of a receive is up to this many ns before the computed time of the send. If the
 * two times have a greater uncertainty together (timeline_uncertainty), this uncertainty is the limit instead. */
#define FLOWS_TOLERANCE_NS 1000

/** Called for each interrupt that is out of order.
 * @param hart the index of the hart that received the interrupt
 * @param text a message about the error */
typedef void flows_broken(uint32_t hart, const char *text, void *context);

/** One end of an interrupt, which is its send or its receive. The record of the other end has not arrived yet. */
struct flow {
	uint64_t id;
	int64_t ns, uncertainty; /* time and its uncertainty in ns; INT64_MAX if the uncertainty is not known */
	uint32_t hart;
	bool received; /* true if this end is the receive, false if it is the send */
};

struct flows {
	flows_broken *broken;
	void *context;
	struct timeline timeline;
	struct timeline_options options;
	struct timeline_sink sink;
	bool gaps; /* slots are lost, so the records of some sends may be missing */
	struct error_kept failure;
	uint64_t pairs;     /* number of interrupts with the records of both ends, called pairs here */
	uint64_t unordered; /* number of pairs that were not checked, because the uncertainty of a time is not known */
	int64_t soonest; /* minimum time from send to receive in all checked pairs, in ns; INT64_MAX if there is none */
	int64_t uncertainty; /* maximum sum of the uncertainties of both times of a checked pair, in ns */
	int64_t first, last; /* first and last time of a receive in all pairs, in ns */
	/* A recording may have begun or ended at another time on each hart. From `begin` to `end`, it has the records of
	 * all harts. `begin` is the latest start of a hart whose first slots are not in the dump, and `end` the earliest
	 * end of a hart whose last slots are not. */
	int64_t begin, end;
	bool seen[DUMP_HARTS];         /* by hart index: the dump has a record of the hart */
	int64_t latest_ns[DUMP_HARTS]; /* time of its latest record */
	/* The ends whose other end has not arrived yet. The tree is sorted by id, and it is balanced, so that searches
	 * are fast for any ids. */
	void *waiting;
};

/** Starts a check. flows_take() and flows_finish() will call @p broken. */
void flows_open(struct flows *flows, flows_broken *broken, void *context);

/** Takes the dump's next chunk. If the rate of mtime is unknown, nothing is checked.
 * @return the error that timeline_take() returned; ERROR_MEMORY if memory ran out */
enum error flows_take(struct flows *flows, const struct dump_view *view) MUST_CHECK;

/** Called after the last chunk. Reports interrupts that were received but never sent. A missing send is an error only
 * if no slots are lost, if both ends of other interrupts were recorded before it and after it, and if the recording had
 * begun and had not ended on any hart.
 * @param partial true if chunks may be missing; nothing is reported then */
void flows_finish(struct flows *flows, bool partial);

/** Frees all memory of the check. */
void flows_close(struct flows *flows);

#endif
