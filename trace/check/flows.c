/* See flows.h. */
#include "trace/check/flows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define FEWEST_PLACES 1024
#define JOINED (1ull << 63)

static size_t home(const struct flows *flows, uint64_t id)
{
	return (size_t)(id * 0x9e3779b97f4a7c15ull >> 32) & (flows->places - 1);
}

/** Where @p id is, or would be. */
static struct flow *find(const struct flows *flows, uint64_t id)
{
	size_t place = home(flows, id);

	while (flows->flow[place].id && flows->flow[place].id != id)
		place = (place + 1) & (flows->places - 1);
	return &flows->flow[place];
}

/** Doubles the table. */
static bool grow(struct flows *flows)
{
	struct flow *old = flows->flow;
	size_t places = flows->places, more = places ? 2 * places : FEWEST_PLACES;
	struct flow *table = calloc(more, sizeof(*table));

	if (!table)
		return false;
	flows->flow = table;
	flows->places = more;
	for (size_t i = 0; i < places; i++)
		if (old[i].id)
			*find(flows, old[i].id) = old[i];
	free(old);
	return true;
}

/** Takes @p flow out, and moves those up that had to make way for it. */
static void take_out(struct flows *flows, struct flow *flow)
{
	size_t hole = (size_t)(flow - flows->flow), mask = flows->places - 1;

	for (size_t next = (hole + 1) & mask; flows->flow[next].id; next = (next + 1) & mask) {
		size_t wanted = home(flows, flows->flow[next].id);

		if (((next - wanted) & mask) < ((next - hole) & mask))
			continue;
		flows->flow[hole] = flows->flow[next];
		hole = next;
	}
	flows->flow[hole].id = 0;
	flows->used--;
}

/** Both ends are known. */
static void pair(struct flows *flows, const struct flow *one, const struct flow *other)
{
	const struct flow *send = one->received ? other : one, *receive = one->received ? one : other;
	int64_t way = receive->ns - send->ns;
	char text[128];

	flows->pairs++;
	if (receive->ns < flows->first)
		flows->first = receive->ns;
	if (receive->ns > flows->last)
		flows->last = receive->ns;
	if (way < flows->soonest)
		flows->soonest = way;
	if (way >= -FLOWS_TOLERANCE_NS)
		return;
	(void)snprintf(text, sizeof(text), "interrupt 0x%" PRIx64 " was received %" PRId64 " ns before it was sent",
		       send->id - 1, -way);
	flows->broken(receive->hart, text, flows->context);
}

static void take_event(void *self, const struct timeline_event *event)
{
	struct flows *flows = self;
	uint64_t payload = event->slot->payload;

	if (event->id != TRACE_IPI_SEND && event->id != TRACE_IPI_RECV)
		return;
	if (!flows->timeline.machine.head.timebase_hz)
		return; /* harts have no common clock */
	if (event->id == TRACE_IPI_SEND && payload & JOINED)
		return; /* it may come after the receive that ended it */
	if (2 * (flows->used + 1) > flows->places && !grow(flows)) {
		flows->no_memory = true;
		return;
	}

	struct flow flow = {
		.id = 1 + (payload & ~JOINED),
		.ns = event->ns,
		.hart = event->hart,
		.received = event->id == TRACE_IPI_RECV,
	};
	struct flow *there = find(flows, flow.id);

	if (there->id && there->received != flow.received) {
		pair(flows, there, &flow);
		take_out(flows, there);
		return;
	}
	flows->used += there->id == 0;
	*there = flow;
}

static void take_gap(void *self, const struct timeline_gap *gap)
{
	struct flows *flows = self;

	(void)gap;
	flows->gaps = true;
}

void flows_open(struct flows *flows, flows_broken *broken, void *context)
{
	*flows = (struct flows){ .broken = broken,
				 .context = context,
				 .options = TIMELINE_ALL,
				 .soonest = INT64_MAX,
				 .first = INT64_MAX,
				 .last = INT64_MIN };
	flows->sink = (struct timeline_sink){ .event = take_event, .gap = take_gap, .self = flows };
	timeline_open(&flows->timeline, &flows->options, &flows->sink);
}

const char *flows_take(struct flows *flows, const struct dump_view *view)
{
	if (!timeline_take(&flows->timeline, view))
		return flows->timeline.error;
	return flows->no_memory ? "no memory" : NULL;
}

void flows_finish(struct flows *flows, bool partial)
{
	char text[128];

	(void)timeline_finish(&flows->timeline);
	for (size_t i = 0; !flows->gaps && !partial && i < flows->places; i++) {
		const struct flow *flow = &flows->flow[i];

		if (!flow->id || !flow->received || flow->ns <= flows->first || flow->ns >= flows->last)
			continue;
		(void)snprintf(text, sizeof(text), "interrupt 0x%" PRIx64 " was received, but never sent",
			       flow->id - 1);
		flows->broken(flow->hart, text, flows->context);
	}
}

void flows_close(struct flows *flows)
{
	timeline_close(&flows->timeline);
	free(flows->flow);
}
