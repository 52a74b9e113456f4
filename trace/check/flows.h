/* Interrupts between harts on the machine's clock: none is received before it was sent.
 * Called by hstrace check with each chunk. Knows times from trace/convert/timeline.h; nothing of files. */
#ifndef TRACE_CHECK_FLOWS_H
#define TRACE_CHECK_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/timeline.h"
#include "trace/error/error.h"

/** What is in order though an interrupt seems to have been received before it was sent: as much as both times may be off
 * (timeline_uncertainty), and never less than this. */
#define FLOWS_TOLERANCE_NS 1000

/** Called with what is wrong with one interrupt. */
typedef void flows_broken(uint32_t hart, const char *text, void *context);

/** One end of an interrupt, whose other end was not seen yet. */
struct flow {
	uint64_t id;
	int64_t ns, uncertainty; /* INT64_MAX: the uncertainty is not known */
	uint32_t hart;
	bool received;
};

struct flows {
	flows_broken *broken;
	void *context;
	struct timeline timeline;
	struct timeline_options options;
	struct timeline_sink sink;
	bool gaps; /* something is lost: so may be sends */
	struct error_kept failure;
	uint64_t pairs;     /* interrupts of which both ends were seen */
	uint64_t unordered; /* of those: it is not known how right a time is, so that their order was not looked at */
	int64_t soonest; /* ns from send to receive of the one that was fastest of the rest; INT64_MAX: there was none */
	int64_t uncertainty; /* the most by which both times of a pair of the rest may be off together */
	int64_t first, last; /* when the first and the last of them was received; ns */
	void *waiting;       /* struct flow, as search.h's tree by id: no choice of ids makes it slow */
};

/** @p broken is called from the other functions. */
void flows_open(struct flows *flows, flows_broken *broken, void *context);

/** Takes the dump's next chunk. Of a machine whose mtime's rate is not known nothing is looked at.
 * @return as timeline_take(); ERROR_MEMORY if memory ran out */
enum error flows_take(struct flows *flows, const struct dump_view *view) MUST_CHECK;

/** The dump has ended: an interrupt that was received but not sent is broken, if nothing is lost, and if others were seen sent
 * before and after it: sends may not have been recorded at all, or from some time on.
 * @param partial chunks may be missing */
void flows_finish(struct flows *flows, bool partial);

void flows_close(struct flows *flows);

#endif
