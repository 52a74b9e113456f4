/* Finds the send and the receive of each interrupt, which have the same flow id. The dump may contain the two records
 * in any order. The end that comes first is kept in a tree until the other end comes. */
#define _GNU_SOURCE /* twalk_r, tdestroy */
#include "trace/check/flows.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

/** Compares the flow ids of two ends. The tree is sorted by this comparison. */
static int by_id(const void *one, const void *other)
{
	const struct flow *a = one, *b = other;

	return a->id < b->id ? -1 : a->id > b->id;
}

/** Keeps one end of an interrupt until the other end comes. */
static void keep(struct flows *flows, const struct flow *flow)
{
	struct flow *kept = malloc(sizeof(*kept));

	if (kept)
		*kept = *flow;
	if (kept && tsearch(kept, &flows->waiting, by_id))
		return;
	free(kept);
	error_keep(&flows->failure, error_no_memory());
}

/** Removes an end of an interrupt after the other end was found. */
static void take_out(struct flows *flows, struct flow *flow)
{
	(void)tdelete(flow, &flows->waiting, by_id);
	free(flow);
}

/** Returns the uncertainty of the time between two ends, in ns. Returns INT64_MAX if it is not known. */
static int64_t uncertainty_of(const struct flow *one, const struct flow *other)
{
	int64_t uncertainty;

	return __builtin_add_overflow(one->uncertainty, other->uncertainty, &uncertainty) ? INT64_MAX : uncertainty;
}

/** Checks that an interrupt was received after it was sent. Allows for the uncertainty of the two times. */
static void order(struct flows *flows, const struct flow *send, const struct flow *receive)
{
	int64_t way = receive->ns - send->ns, uncertainty = uncertainty_of(send, receive);
	char text[192];

	if (uncertainty == INT64_MAX) {
		flows->unordered++;
		return;
	}
	if (way < flows->soonest)
		flows->soonest = way;
	if (uncertainty > flows->uncertainty)
		flows->uncertainty = uncertainty;
	if (way >= -FLOWS_TOLERANCE_NS || way >= -uncertainty)
		return;
	(void)snprintf(text, sizeof(text),
		       "interrupt 0x%" PRIx64 " was received %" PRId64
		       " ns before it was sent; the two times together are uncertain by %" PRId64 " ns",
		       send->id, -way, uncertainty);
	flows->broken(receive->hart, text, flows->context);
}

/** Counts and checks an interrupt when the records of both ends have arrived. */
static void pair(struct flows *flows, const struct flow *one, const struct flow *other)
{
	const struct flow *send = one->received ? other : one, *receive = one->received ? one : other;

	flows->pairs++;
	if (receive->ns < flows->first && send->ns >= flows->begin)
		flows->first = receive->ns;
	if (receive->ns > flows->last)
		flows->last = receive->ns;
	order(flows, send, receive);
}

/** Notes when the records of a hart begin and end. */
static void note_extent(struct flows *flows, const struct timeline_event *event)
{
	if (!flows->seen[event->hart] && event->sequence > 0 && event->ns > flows->begin)
		flows->begin = event->ns;
	flows->seen[event->hart] = true;
	flows->latest_ns[event->hart] = event->ns;
}

/** Takes a record. Ignores it if it is neither the send nor the receive of an interrupt. If the other end of the
 * interrupt is already kept, checks both ends; otherwise keeps this end. */
static void take_event(void *self, const struct timeline_event *event)
{
	struct flows *flows = self;
	bool received = event->meaning == TRACE_IPI_RECV;

	note_extent(flows, event);
	if (event->meaning != TRACE_IPI_SEND && event->meaning != TRACE_IPI_RECV)
		return;
	if (!flows->timeline.machine.head.timebase_hz)
		return; /* if the rate of mtime is not known, the times of different harts cannot be compared */

	struct trace_ipi_send send = trace_ipi_send_of(event->slot, event->extra);

	if (!received && send.joined)
		return; /* the interrupt was already pending, so this send may be recorded even after the receive */

	struct flow flow = {
		.id = received ? trace_ipi_recv_of(event->slot, event->extra).flow : send.flow,
		.ns = event->ns,
		.uncertainty = timeline_uncertainty(&flows->timeline, event->hart, event->cycles),
		.hart = event->hart,
		.received = received,
	};
	struct flow **there = tfind(&flow, &flows->waiting, by_id);

	if (!there) {
		keep(flows, &flow);
	} else if ((*there)->received == flow.received) {
		/* The record of the other end was lost, so the new end replaces the kept one. */
		**there = flow;
	} else {
		pair(flows, *there, &flow);
		take_out(flows, *there);
	}
}

static void take_gap(void *self, const struct timeline_gap *gap)
{
	struct flows *flows = self;

	(void)gap;
	flows->gaps = true;
}

/** Takes the statistics of a hart, which come after its records. If some of its slots are not in the dump, its records may
 * have ended early. */
static void take_statistics(void *self, const struct dump_statistics *statistics)
{
	struct flows *flows = self;
	uint32_t hart = statistics->hart;

	if (statistics->emitted > statistics->read + statistics->lost && flows->latest_ns[hart] < flows->end)
		flows->end = flows->latest_ns[hart];
}

void flows_open(struct flows *flows, flows_broken *broken, void *context)
{
	*flows = (struct flows){ .broken = broken,
				 .context = context,
				 .options = TIMELINE_ALL,
				 .soonest = INT64_MAX,
				 .first = INT64_MAX,
				 .last = INT64_MIN,
				 .begin = INT64_MIN,
				 .end = INT64_MAX };
	flows->sink = (struct timeline_sink){ .event = take_event,
					      .gap = take_gap,
					      .statistics = take_statistics,
					      .failure = &flows->failure,
					      .self = flows };
	timeline_open(&flows->timeline, &flows->options, &flows->sink);
}

enum error flows_take(struct flows *flows, const struct dump_view *view)
{
	RETURN_IF_ERROR(timeline_take(&flows->timeline, view));
	return error_again(&flows->failure);
}

/** Called for each end whose other end never came. Reports a receive if the recording should contain its send. */
static void tell_unsent(const void *node, VISIT visit, void *context)
{
	const struct flow *flow = *(const struct flow *const *)node;
	struct flows *flows = context;
	char text[128];

	if ((visit != postorder && visit != leaf) || !flow->received || flow->ns <= flows->first ||
	    flow->ns >= flows->last || flow->ns <= flows->begin || flow->ns >= flows->end)
		return;
	(void)snprintf(text, sizeof(text), "interrupt 0x%" PRIx64 " was received, but never sent", flow->id);
	flows->broken(flow->hart, text, flows->context);
}

void flows_finish(struct flows *flows, bool partial)
{
	/* timeline_finish() fails only if the dump has no machine, and the reader reports this. */
	IGNORE_ERROR(timeline_finish(&flows->timeline));
	if (!flows->gaps && !partial)
		twalk_r(flows->waiting, tell_unsent, flows);
}

void flows_close(struct flows *flows)
{
	timeline_close(&flows->timeline);
	tdestroy(flows->waiting, free);
}
