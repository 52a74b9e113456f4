/* Handles the window of --from and --to. Records before the window only change a hart's state. This state is written at
 * the window's start.
 * hv writes an exit's record when the exit ends. So only the first exit after the window shows whether the hart was in
 * hv when the window ended. When the record of this exit has arrived, all open slices end at the window's end. */
#include "trace/convert/pf.h"

void pf_before(struct pftrace *pf, const struct timeline_event *event)
{
	output_room(pf->output);
	struct pf_lane *lane = pf_lane(pf, event->hart, pf->from);

	lane->last = event->ns;
	lane->floor = pf->from;
	pf->account.events.outside[event->id]++;
	switch (event->meaning) {
	case TRACE_EXIT:
		pf_exit_before(pf, lane, event);
		return;
	case TRACE_ECALL:
		if (lane->returned)
			pf_forget_call(pf, lane);
		pf_return(pf, lane, event, event->ns);
		return;
	case TRACE_ECALL_ARGS:
		pf_keep_arguments(pf, lane, event);
		return;
	case TRACE_ECALL_VALUE:
		pf_keep_value(pf, lane, event);
		return;
	case TRACE_WFI_ENTER:
		lane->wfi = true;
		lane->wfi_pc = trace_wfi_enter_of(event->slot, event->extra).pc;
		return;
	case TRACE_WFI_LEAVE:
		lane->wfi = lane->slept = false;
		return;
	}
}

void pf_gap_before(struct pftrace *pf, const struct timeline_gap *gap)
{
	output_room(pf->output);
	struct pf_lane *lane = pf_lane(pf, gap->hart, pf->from);

	lane->floor = pf->from;
	lane->world = -1;
	lane->wfi = lane->slept = false;
	pf_drop_rest(pf, lane);
	pf_forget_call(pf, lane);
}

void pf_enter(struct pftrace *pf, struct pf_lane *lane)
{
	int world = lane->world;

	if (lane->entered)
		return;
	lane->entered = true;
	if (world >= 0)
		pf_begin_world(pf, lane, pf->from, world);
	if (lane->wfi)
		pf_begin_wfi(pf, lane, pf->from, &lane->wfi_pc);
}

void pf_close_lane(struct pftrace *pf, struct pf_lane *lane, int64_t ns)
{
	output_room(pf->output);
	pf_drop_rest(pf, lane);
	pf_settle(pf, lane);
	pf_finish_rates(pf, lane, ns);
	if (lane->in_flight)
		pf_in_flight(pf, lane, ns);
	pf_end(pf, lane, ns);
	lane->over = true;
}

/** Takes a WFI_LEAVE record from after the window, and writes the part of the sleep that lies in the window. The
 * WFI_LEAVE record contains the length of the sleep, so the WFI_ENTER record is not needed and may be missing. */
static void sleep_behind(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	int64_t start = timeline_ns(pf->timeline, lane->hart,
				    event->cycles - trace_wfi_leave_of(event->slot, event->extra).slept);

	if (start >= pf->to)
		return;
	if (!lane->wfi)
		pf_begin_wfi(pf, lane, start < lane->world_from ? lane->world_from : start, NULL);
	pf_note_sleep(lane, start, pf->to);
}

/** Takes a record from after the window while the hart's tracks are open.
 * @return true if the record is written now, or will be written when its exit or call is known */
static bool take_behind(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	if (pf_is_listed(event))
		return pf_listed(pf, lane, event);
	if (event->meaning == TRACE_ECALL_ARGS || event->meaning == TRACE_ECALL_VALUE) {
		if (!lane->held && lane->behind)
			return false;
		(event->meaning == TRACE_ECALL_ARGS ? pf_keep_arguments : pf_keep_value)(pf, lane, event);
		return true;
	}
	if (event->meaning == TRACE_ECALL && (lane->held || !lane->behind)) {
		if (lane->returned)
			pf_settle(pf, lane);
		pf_return(pf, lane, event, pf->to);
		return true;
	}
	if (lane->behind)
		return false;
	if (event->meaning == TRACE_WFI_LEAVE)
		sleep_behind(pf, lane, event);
	if (event->meaning != TRACE_EXIT)
		return false;
	lane->behind = true;
	return pf_exit(pf, lane, event);
}

/* If an SBI call began in the window, its name is not known until the call returns. The hart's tracks stay open until
 * then. */
void pf_behind(struct pftrace *pf, const struct timeline_event *event)
{
	struct pf_lane *lane = pf->lanes[event->hart];
	bool open = lane && !lane->over, taken = false;

	if (open) {
		output_room(pf->output);
		lane->last = event->ns;
		pf_enter(pf, lane);
		taken = take_behind(pf, lane, event);
	}
	pf->account.events.outside[event->id] += !taken;
	if (open && lane->behind && (lane->returned || !lane->held))
		pf_close_lane(pf, lane, pf->to);
}
