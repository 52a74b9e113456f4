/* Writes exits and SBI calls, and everything that depends on them: the world tracks, the rates, and gaps.
 *
 * If an SBI call caused an exit, the exit is named after the SBI function. Only the ECALL record contains the function,
 * and hv writes this record when the call returns. If hv or a module answers the call, the call returns within the same
 * exit, and the ECALL record comes just before the EXIT record. If the firmware answers the call, the EXIT record comes
 * first, so the exit is held back until the ECALL record arrives. `held` is true in the lane while an exit waits for
 * its ECALL record, and `returned` is true while a call waits for its EXIT record.
 *
 * An exit's slice is on the track `exits`, or, if a module took over the exit, on the module's track. The world track has
 * no slice for it, because such a slice would have the same start and end. Perfetto takes 60 times as long to import a
 * packet as this converter takes to write it, and this slice would double the number of packets. */
#include "trace/convert/pf.h"
#include "trace/convert/pf_arguments.h"

/* Each value of a rate covers at least this many ns. Only the values before a gap and at the end may cover less. */
#define WINDOW_NS 50000000

static unsigned cause_of(const struct pf_exit *exit)
{
	return (unsigned)exit->fields.cause;
}

/** Returns the uuid of the exit's track. If a module took over the exit, this is the module's track. */
static uint64_t track_of(struct pftrace *pf, struct pf_lane *lane, const struct pf_exit *exit)
{
	unsigned module = (unsigned)exit->fields.module;

	if (exit->fields.outcome != TRACE_OFFLOADED || module == TRACE_NO_MODULE)
		return PF_DEFAULT_TRACK;
	return pf_module_track(pf, lane, module);
}

/** Begins the slice of an exit, unless --cause excludes it. */
static void write_exit(struct pftrace *pf, struct pf_lane *lane, struct pf_exit *exit, unsigned kind)
{
	unsigned cause = cause_of(exit);
	if (pf->options.cause && !names_kind_is(kind, pf->options.cause)) {
		pf->account.events.left_out[TRACE_EXIT]++;
		return;
	}
	output_room(pf->output); /* an exit that was held back until now may have used the room */
	unsigned name = pf_name_exit(pf, kind);
	unsigned value = pf_value_annotation(exit);
	exit->track = track_of(pf, lane, exit);
	pf_need_name(pf, lane, name);
	uint32_t pc = exit->extra ? pf_intern(pf, lane, PF_MEPC, exit->fields.pc) : 0;
	uint32_t text = value ? pf_intern(pf, lane, value, exit->fields.value) : 0;

	struct pf_event event = pf_begin(pf, lane, exit->start, PERFETTO_TYPE_BEGIN, exit->track);
	pf_add_name(&event, name);
	pf_add_category(&event, PF_CATEGORY_EXIT);
	if (exit->extra)
		pf_add_string(pf, &event, PF_MEPC, exit->fields.pc, pc);
	if (value)
		pf_add_string(pf, &event, value, exit->fields.value, text);
	pf_add_exit_call(&event, exit, kind);
	if (pf->options.details || exit->fields.duration == TRACE_DURATION_UNKNOWN)
		pf_add_number(&event, PF_CYCLES, PERFETTO_ANNOTATION_UINT, exit->spent);
	if (pf->options.details)
		pf_add_exit_details(pf, &event, exit);
	pf_commit(pf, event);
	pf->account.slices++;
	pf->account.exits++;
	pf->account.events.drawn[TRACE_EXIT]++;
	pf->account.exits_cut += exit->cut || exit->late;
	pf->account.by_cause[lane->hart][cause]++;
}

/** Begins a slice on the world track. */
static void begin_slice(struct pftrace *pf, struct pf_lane *lane, int64_t ns, enum pf_name name,
			enum pf_correlation correlation)
{
	pf_need_name(pf, lane, name);
	struct pf_event event = pf_begin(pf, lane, ns, PERFETTO_TYPE_BEGIN, lane->world_uuid);
	pf_add_name(&event, name);
	pf_add_correlation(&event, correlation);
	pf_commit(pf, event);
	pf->account.slices++;
}

void pf_begin_world(struct pftrace *pf, struct pf_lane *lane, int64_t ns, int world)
{
	begin_slice(pf, lane, ns, world ? PF_NAME_PAYLOAD : PF_NAME_FIRMWARE,
		    world ? PF_LIKE_PAYLOAD : PF_LIKE_FIRMWARE);
	pf->account.worlds++;
	lane->world = world;
}

/** Makes sure that the slice of the world @p before is open at @p ns, when an exit from this world begins. */
static void enter_world(struct pftrace *pf, struct pf_lane *lane, int64_t ns, int before)
{
	if (lane->world == before)
		return;
	if (lane->world >= 0)
		pf_end_slice(pf, lane, ns, lane->world_uuid);
	else if (lane->world_from < ns)
		ns = lane->world_from;
	pf_begin_world(pf, lane, ns, before);
}

static void begin_hv(struct pftrace *pf, struct pf_lane *lane, int64_t ns)
{
	if (!pf->shows_hv)
		return;
	begin_slice(pf, lane, ns, PF_NAME_HV, PF_NO_CORRELATION);
	pf->account.hv++;
}

static void end_hv(struct pftrace *pf, struct pf_lane *lane, int64_t ns)
{
	if (pf->shows_hv)
		pf_end_slice(pf, lane, ns, lane->world_uuid);
}

/** Writes the hart's sleep during the exit that is being written, and stores the length of the sleep in the exit. */
static void write_asleep(struct pftrace *pf, struct pf_lane *lane, struct pf_exit *exit)
{
	int64_t from = lane->asleep_from < exit->start ? exit->start : lane->asleep_from;
	int64_t to = lane->asleep_to < exit->end ? lane->asleep_to : exit->end;
	if (!lane->slept)
		return;
	lane->slept = false;
	lane->wfi_from = INT64_MAX;
	if (from >= to)
		return;
	begin_slice(pf, lane, from, PF_NAME_ASLEEP, PF_LIKE_ASLEEP);
	pf_end_slice(pf, lane, to, lane->world_uuid);
	pf->account.asleep++;
	exit->asleep = to - from;
}

void pf_note_sleep(struct pf_lane *lane, int64_t from, int64_t to)
{
	lane->slept = true;
	lane->asleep_from = from < lane->wfi_from ? lane->wfi_from : from;
	lane->asleep_to = to;
}

/** If the hart is asleep at @p ns, writes the part of the sleep before @p ns. */
static void write_open_sleep(struct pftrace *pf, struct pf_lane *lane, int64_t ns)
{
	if (!lane->wfi || lane->wfi_from >= ns)
		return;
	begin_slice(pf, lane, lane->wfi_from, PF_NAME_ASLEEP, PF_LIKE_ASLEEP);
	pf_end_slice(pf, lane, ns, lane->world_uuid);
	pf->account.asleep++;
	lane->wfi_from = INT64_MAX;
}

static void change_world(struct pftrace *pf, struct pf_lane *lane, int64_t ns, int after)
{
	if (lane->world == after)
		return;
	pf_end_slice(pf, lane, ns, lane->world_uuid);
	pf_begin_world(pf, lane, ns, after);
}

static void put_double(struct pftrace *pf, struct pf_lane *lane, int64_t ns, enum pf_track track, double value)
{
	uint64_t bits, uuid = pf_track(pf, lane, track, NULL);
	memcpy(&bits, &value, sizeof(bits));
	struct pf_event event = pf_begin(pf, lane, ns, PERFETTO_TYPE_COUNTER, uuid);
	event.at = proto_fixed64(event.at, PERFETTO_EVENT_COUNTER_DOUBLE, bits);
	pf_commit(pf, event);
	pf->account.counters++;
}

/** Writes the rates for the time from lane->window to @p to. The values get the time lane->window, because in Perfetto
 * the value of a counter lasts until the next value. */
static void end_window(struct pftrace *pf, struct pf_lane *lane, int64_t to)
{
	int64_t time = to - lane->window;
	if (time <= 0)
		return;
	put_double(pf, lane, lane->window, PF_EXIT_RATE, (double)lane->window_exits * 1e9 / (double)time);
	put_double(pf, lane, lane->window, PF_HV_SHARE, (double)lane->window_hv * 100 / (double)time);
	lane->window = to;
	lane->window_exits = 0;
	lane->window_hv = 0;
}

static void count_rates(struct pftrace *pf, struct pf_lane *lane, const struct pf_exit *exit)
{
	lane->window_exits++;
	lane->window_hv += exit->end - exit->start - exit->asleep;
	if (exit->end - lane->window >= WINDOW_NS)
		end_window(pf, lane, exit->end);
}

/** Writes the exit that was held back. @p kind is the exit's kind, which is known now. */
static void release(struct pftrace *pf, struct pf_lane *lane, unsigned kind)
{
	uint64_t before = pf->account.exits;
	lane->held = false;
	if (lane->exit.outside)
		return;
	write_exit(pf, lane, &lane->exit, kind);
	if (pf->account.exits != before)
		pf_end_slice(pf, lane, lane->exit.end, lane->exit.track);
}

/** Returns the kind of the exit whose SBI call has now returned. @param cause the cause of this exit */
static unsigned kind_of_call(const struct pf_lane *lane, unsigned cause)
{
	return names_sbi_kind(cause, lane->ecall.function);
}

void pf_settle(struct pftrace *pf, struct pf_lane *lane)
{
	int64_t start = lane->held ? lane->exit.start : lane->ecall.ns;
	unsigned cause = cause_of(&lane->exit);
	if (lane->held)
		release(pf, lane, lane->returned ? kind_of_call(lane, cause) : cause);
	if (lane->returned)
		pf_write_call(pf, lane, start);
}

static struct pf_exit make_exit(const struct pftrace *pf, const struct pf_lane *lane,
				const struct timeline_event *event)
{
	struct pf_exit exit = { .fields = trace_exit_of(event->slot, event->extra),
				.spent = event->spent - event->observing,
				.extra = event->extra };
	exit.start = timeline_ns(pf->timeline, event->hart, event->begin);
	exit.end = event->end_ns;
	if (exit.end > pf->to)
		exit.end = pf->to;
	if (exit.start < pf->from)
		exit.start = pf->from;
	exit.late = event->ns < pf->from;
	if (exit.start < lane->floor)
		exit.start = lane->floor;
	if (exit.start > pf->to && event->ns < pf->to)
		exit.start = pf->to;
	if (exit.end < exit.start)
		exit.end = exit.start;
	return exit;
}

/** Writes the exit that was held back. Also writes its SBI call, which has now returned. */
static void resolve_held(struct pftrace *pf, struct pf_lane *lane)
{
	int64_t start = lane->exit.start;
	release(pf, lane, kind_of_call(lane, cause_of(&lane->exit)));
	pf_write_call(pf, lane, start);
}

/** Returns the exit's kind. If the exit's SBI call has already returned in the same exit, the kind includes the
 * call. */
static unsigned kind_of_exit(struct pftrace *pf, struct pf_lane *lane, const struct pf_exit *exit, unsigned cause)
{
	unsigned kind = names_exit_kind(cause, exit->fields.value, &pf->timeline->registers);
	if (!lane->returned)
		return kind;
	if (lane->held)
		resolve_held(pf, lane);
	else if (names_is_call(cause))
		return kind_of_call(lane, cause);
	return kind;
}

static void hold(struct pftrace *pf, struct pf_lane *lane, const struct pf_exit *exit)
{
	if (lane->held)
		release(pf, lane, cause_of(&lane->exit));
	lane->exit = *exit;
	lane->held = true;
}

/** Returns whether the exit is an SBI call that the firmware answers. Its name is not known until the call returns. */
static bool waits(const struct pf_exit *exit, unsigned kind)
{
	return names_is_call(cause_of(exit)) && kind == cause_of(exit) && exit->fields.outcome == TRACE_FORWARDED;
}

void pf_forget_call(struct pftrace *pf, struct pf_lane *lane)
{
	pf->account.events.outside[TRACE_EXIT] += lane->held && !lane->exit.outside;
	pf->account.events.outside[TRACE_ECALL] += lane->returned && !lane->ecall.outside;
	if (lane->returned)
		pf_count_rest(&lane->ecall.rest, pf->account.events.outside);
	lane->held = lane->returned = false;
}

/** Cuts an exit at the window's end. The exit's record comes after the window.
 * @return false if no part of the exit lies in the window */
static bool cut_exit(struct pftrace *pf, struct pf_lane *lane, struct pf_exit *exit)
{
	exit->end = pf->to;
	exit->cut = true;
	if (exit->start < pf->to)
		return true;
	if (!lane->held)
		pf_forget_call(pf, lane);
	return false;
}

/** If the exit ends in the window, writes the return to another world and counts the exit.
 * @param wait true if the exit is held back */
static void end_exit(struct pftrace *pf, struct pf_lane *lane, const struct pf_exit *exit, bool wait)
{
	end_hv(pf, lane, exit->end);
	if (exit->cut) {
		lane->window_hv += exit->end - exit->start - exit->asleep;
		return;
	}
	change_world(pf, lane, exit->end, (int)exit->fields.after);
	/* If this exit is held back, it is written after the next exit. The next exit must not seem to lie inside
	 * it. */
	lane->floor = exit->end + wait;
	count_rates(pf, lane, exit);
}

/** At a hart's first exit, remembers when the hart entered the world from which it exits. This time comes from `since`
 * of the exit. */
static void note_since(const struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	int64_t since = timeline_ns(pf->timeline, event->hart, event->since);

	if (since > lane->world_from)
		lane->world_from = since;
}

bool pf_exit(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	struct pf_exit exit = make_exit(pf, lane, event);
	if (__builtin_expect(event->ns >= pf->to, 0) && !cut_exit(pf, lane, &exit))
		return false;
	unsigned kind = kind_of_exit(pf, lane, &exit, cause_of(&exit));
	bool wait = waits(&exit, kind);

	if (lane->world < 0)
		note_since(pf, lane, event);
	enter_world(pf, lane, exit.start, (int)exit.fields.before);
	uint64_t exits = pf->account.exits;
	if (wait)
		hold(pf, lane, &exit);
	else
		write_exit(pf, lane, &exit, kind);
	bool written = pf->account.exits != exits && !wait;
	begin_hv(pf, lane, exit.start);
	write_asleep(pf, lane, &exit);
	if (lane->returned)
		pf_write_call(pf, lane, exit.start);
	if (written)
		pf_end_slice(pf, lane, exit.end, exit.track);
	end_exit(pf, lane, &exit, wait);
	return true;
}

void pf_exit_before(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	struct pf_exit exit = { .fields = trace_exit_of(event->slot, event->extra), .outside = true };
	bool answered = lane->returned && !lane->held;

	exit.start = exit.end = lane->floor;
	if (lane->returned)
		pf_forget_call(pf, lane);
	lane->world = exit.fields.after > 1 ? 1 : (int)exit.fields.after;
	if (!answered && waits(&exit, cause_of(&exit))) {
		pf_forget_call(pf, lane);
		lane->exit = exit;
		lane->held = true;
	}
}

void pf_gap(struct pftrace *pf, struct pf_lane *lane, const struct timeline_gap *gap)
{
	int64_t from = gap->from_ns < lane->floor ? lane->floor : gap->from_ns;
	int64_t to = gap->to_ns < pf->to ? gap->to_ns : pf->to;
	to = to < from ? from : to;
	pf_drop_rest(pf, lane);
	pf_settle(pf, lane);
	end_window(pf, lane, from);
	pf_end(pf, lane, from);

	pf_need_name(pf, lane, PF_NAME_LOST);
	struct pf_event event = pf_begin(pf, lane, from, PERFETTO_TYPE_BEGIN, lane->world_uuid);
	pf_add_name(&event, PF_NAME_LOST);
	pf_add_category(&event, PF_CATEGORY_LOST);
	pf_add_count(&event, PF_SLOTS, gap->slots);
	pf_commit(pf, event);
	pf_end_slice(pf, lane, to, lane->world_uuid);
	lane->lost += gap->slots;
	uint64_t track = pf_track(pf, lane, PF_LOST, NULL);
	event = pf_begin(pf, lane, to, PERFETTO_TYPE_COUNTER, track);
	pf_add_counter(&event, lane->lost);
	pf_commit(pf, event);

	pf->account.slices++;
	pf->account.gaps++;
	pf->account.lost += gap->slots;
	pf->account.counters++;
	if (lane->window < to) { /* nothing is known about the hart during the gap */
		put_double(pf, lane, from, PF_EXIT_RATE, 0);
		put_double(pf, lane, from, PF_HV_SHARE, 0);
	}
	lane->floor = lane->world_from = lane->window = to;
	/* The next packet sends the state of the sequence again, and says that packets before it are missing. */
	lane->cleared = false;
	lane->dropped = true;
}

void pf_finish_rates(struct pftrace *pf, struct pf_lane *lane, int64_t end)
{
	if (lane->in_flight > lane->window) {
		end_window(pf, lane, lane->in_flight);
		lane->window_hv = lane->wfi ? 0 : end - lane->window;
	}
	end_window(pf, lane, end);
}

void pf_in_flight(struct pftrace *pf, struct pf_lane *lane, int64_t end)
{
	bool hv = lane->in_flight >= lane->floor;
	unsigned name = lane->wfi ? PF_NAME_WFI_IN_FLIGHT : PF_NAME_IN_FLIGHT;
	pf_need_name(pf, lane, name);
	struct pf_event slice = pf_begin(pf, lane, lane->in_flight, PERFETTO_TYPE_BEGIN, PF_DEFAULT_TRACK);
	pf_add_name(&slice, name);
	pf_commit(pf, slice);
	if (hv) {
		begin_slice(pf, lane, lane->in_flight, PF_NAME_HV, PF_NO_CORRELATION);
		pf->account.hv++;
	}
	write_open_sleep(pf, lane, end);
	pf_end_slice(pf, lane, end, PF_DEFAULT_TRACK);
	if (hv)
		pf_end_slice(pf, lane, end, lane->world_uuid);
	pf->account.slices++;
}

void pf_end(struct pftrace *pf, struct pf_lane *lane, int64_t ns)
{
	write_open_sleep(pf, lane, ns);
	if (lane->world >= 0)
		pf_end_slice(pf, lane, ns, lane->world_uuid);
	if (lane->wfi)
		pf_end_slice(pf, lane, ns, pf_track(pf, lane, PF_WFI, NULL));
	lane->world = -1;
	lane->wfi = lane->slept = false;
}
