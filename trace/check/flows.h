/* Checks the order of interrupts between harts on the machine's clock: none may be received before it was sent.
 * Called by hstrace check with each chunk. Takes times from trace/convert/timeline.h. Knows nothing about files. */
#ifndef TRACE_CHECK_FLOWS_H
#define TRACE_CHECK_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/timeline.h"
#include "trace/error/error.h"

/** The computed time of a receive may be this many ns before the time of its send without being an error. If the
 * uncertainty of the two times together (timeline_uncertainty) is greater, that is the limit. */
#define FLOWS_TOLERANCE_NS 1000

/** Called for each interrupt that is out of order. @param hart the receiver's index. @param text what is wrong */
typedef void flows_broken(uint32_t hart, const char *text, void *context);

/** One end of an interrupt. The other end has not been seen yet. */
struct flow {
	uint64_t id;
	int64_t ns, uncertainty; /* both in ns; an uncertainty of INT64_MAX is unknown */
	uint32_t hart;
	bool received; /* true: it is the receive; false: it is the send */
};

struct flows {
	flows_broken *broken;
	void *context;
	struct timeline timeline;
	struct timeline_options options;
	struct timeline_sink sink;
	bool gaps; /* slots are lost, and sends may have been among them */
	struct error_kept failure;
	uint64_t pairs;      /* interrupts of which both ends were seen */
	uint64_t unordered;  /* pairs whose order was not checked, because a time has unknown uncertainty */
	int64_t soonest;     /* of the checked pairs, the shortest time from send to receive, in ns; INT64_MAX: none */
	int64_t uncertainty; /* of the checked pairs, the largest uncertainty of both times together, in ns */
	int64_t first, last; /* of all pairs, the first and the last time of a receive, in ns */
	void *waiting; /* the ends that are kept, by id; a balanced tree, so that no choice of ids makes it slow */
};

/** Starts a check. flows_take() and flows_finish() will call @p broken. */
void flows_open(struct flows *flows, flows_broken *broken, void *context);

/** Takes the dump's next chunk. If the rate of mtime is unknown, nothing is checked.
 * @return as timeline_take(); ERROR_MEMORY if memory ran out */
enum error flows_take(struct flows *flows, const struct dump_view *view) MUST_CHECK;

/** Called after the last chunk. Reports interrupts that were received but never sent. This is an error only if no slots
 * are lost, and if other interrupts show that sends were being recorded before and after.
 * @param partial chunks may be missing: then nothing is reported */
void flows_finish(struct flows *flows, bool partial);

/** Frees what is kept. */
void flows_close(struct flows *flows);

#endif
