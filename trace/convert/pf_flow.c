/* Draws the interrupts that harts send to each other. An arrow leads from each send to the receive of the interrupt.
 *
 * Several sends can lead to only one receive. All arrows must end at this receive, but Perfetto draws all events with
 * one flow id as a single chain. So each arrow has a different id: the id of the interrupt, plus the number of the send
 * in bits that the interrupt's id does not use. The number of sends is known only when the records of all harts up to
 * the receive have been read. The records of different harts come in no particular order, so a receive is remembered
 * here and written later. */
#include <inttypes.h>
#include <stdio.h>

#include "trace/convert/pf.h"

#define NUMBER_BIT 52                     /* the lowest bit of a send's number in an arrow's id */
#define NUMBERS (1u << (63 - NUMBER_BIT)) /* how many sends of one interrupt have an arrow */

_Static_assert(DUMP_HARTS <= 1u << (NUMBER_BIT - TRACE_FLOW_TARGET_BIT),
	       "the bits for a send's number do not overlap those of the target hart");

static uint64_t arrow(uint64_t id, uint32_t number)
{
	return id | (uint64_t)number << NUMBER_BIT;
}

/** Writes the receive of a flow with the ends of all arrows, if the receive is known. Then forgets its sends and its receive. */
static void settle(struct pftrace *pf, struct pf_flow *flow)
{
	struct pf_lane *lane = flow->received ? pf->lanes[flow->hart] : NULL;

	if (lane) {
		uint64_t track = pf_track(pf, lane, PF_IPI, NULL);
		output_room(pf->output);
		pf_need_name(pf, lane, PF_NAME_IPI_RECV);
		/* The times of send and receive are uncertain, so the receive may seem to come before the send. In that
		 * case the receive is drawn at the time of the send. */
		int64_t ns = flow->ns < flow->sent ? flow->sent : flow->ns;
		struct pf_event instant = pf_begin(pf, lane, ns, PERFETTO_TYPE_INSTANT, track);
		pf_add_name(&instant, PF_NAME_IPI_RECV);
		for (uint32_t i = 0; i < (flow->sends ? flow->sends : 1); i++)
			instant.at = proto_fixed64(instant.at, PERFETTO_EVENT_TERMINATING_FLOWS, arrow(flow->id, i));
		pf_commit(pf, instant);
		pf->account.instants++;
		pf->account.events.drawn[TRACE_IPI_RECV]++;
		pf->account.flows += flow->sends;
		pf->account.ends_alone += !flow->sends;
	}
	*flow = (struct pf_flow){ .id = flow->id, .older = flow->older };
}

/** Returns the place in `newest` of the interrupts with the hash of @p id. (The factor is 2^64 divided by the golden ratio.) */
static uint32_t *newest(struct pf_flows *flows, uint64_t id)
{
	return &flows->newest[id * 0x9e3779b97f4a7c15ull / (UINT64_MAX / PF_FLOWS + 1)];
}

/** Takes the oldest flow, which is at @p place, out of the table. It is the last one of its list. */
static void drop(struct pf_flows *flows, uint32_t place)
{
	uint32_t *link = newest(flows, flows->at[place].id);

	while (*link != place + 1)
		link = &flows->at[*link - 1].older;
	*link = 0;
}

/** Returns the flow @p id. If it is new and the table is full, it replaces the oldest flow. */
static struct pf_flow *find(struct pftrace *pf, uint64_t id)
{
	struct pf_flows *flows = &pf->flows;
	uint32_t *list = newest(flows, id), place = flows->count % PF_FLOWS;
	struct pf_flow *flow = &flows->at[place];

	for (uint32_t at = *list; at; at = flows->at[at - 1].older)
		if (flows->at[at - 1].id == id)
			return &flows->at[at - 1];
	if (flows->count++ >= PF_FLOWS) {
		settle(pf, flow);
		drop(flows, place);
	}
	*flow = (struct pf_flow){ .id = id, .older = *list };
	*list = place + 1;
	return flow;
}

static unsigned name_send(struct pftrace *pf, uint64_t target)
{
	char text[NAMES_BYTES];
	if (target < DUMP_HARTS && pf->target_names[target])
		return pf->target_names[target];
	snprintf(text, sizeof(text), "IPI to %u", (unsigned)target);
	unsigned name = pf_name(pf, text);
	if (target < DUMP_HARTS)
		pf->target_names[target] = (uint16_t)name;
	return name;
}

void pf_send(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	struct trace_ipi_send send = trace_ipi_send_of(event->slot, event->extra);
	uint64_t id = send.flow, track = pf_track(pf, lane, PF_IPI, NULL);
	struct pf_flow *flow = find(pf, id);
	unsigned name = name_send(pf, trace_flow_target(id));

	pf_need_name(pf, lane, name);
	struct pf_event instant = pf_begin(pf, lane, event->ns, PERFETTO_TYPE_INSTANT, track);
	pf_add_name(&instant, name);
	if (send.joined)
		pf_add_number(&instant, PF_JOINED, PERFETTO_ANNOTATION_UINT, 1);
	if (flow->sent < event->ns && flow->sends < NUMBERS)
		flow->sent = event->ns;
	if (flow->sends < NUMBERS)
		instant.at = proto_fixed64(instant.at, PERFETTO_EVENT_FLOWS, arrow(id, flow->sends++));
	pf_commit(pf, instant);
	pf->account.instants++;
	pf->account.events.drawn[event->id]++;
}

void pf_receive(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	struct pf_flow *flow = find(pf, trace_ipi_recv_of(event->slot, event->extra).flow);

	if (flow->received)
		settle(pf, flow);
	(void)pf_track(pf, lane, PF_IPI, NULL);
	flow->received = true;
	flow->hart = lane->hart;
	flow->ns = event->ns;
}

void pf_end_flows(struct pftrace *pf)
{
	for (unsigned i = 0; i < PF_FLOWS; i++)
		settle(pf, &pf->flows.at[i]);
}
