/* The sink through which the timeline calls the Perfetto converter. It receives records, gaps and statistics, and
 * decides whether they lie before, in or after the window of --from and --to. For each event it then calls the function
 * that writes the event. Most of these functions are in this file. The functions for exits, for IPIs and for events
 * that only the schema describes are in other files. At the end, this file also prints the account. */
#include "trace/convert/pftrace.h"

#include <inttypes.h>
#include <stdlib.h>

#include "trace/convert/pf.h"

/* A record can write at most this many names of functions. It can write two exits: the exit that was held back, and the
 * next exit. For each exit, there must be room for the name as an interned string and for the name in the packet. */
#define FUNCTIONS_OF_A_RECORD 4

/* ---- the functions that write events ---- */

static void end_instant(struct pftrace *pf, struct pf_event event, unsigned id)
{
	pf_commit(pf, event);
	pf->account.instants++;
	pf->account.events.drawn[id]++;
}

/** Begins an instant with a name that a guest or module chose. */
static struct pf_event begin_named(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event,
				   uint64_t track, const char *text)
{
	unsigned name = pf_name_of_guest(pf, text);
	if (name)
		pf_need_name(pf, lane, name);
	struct pf_event instant = pf_begin(pf, lane, event->ns, PERFETTO_TYPE_INSTANT, track);
	if (name)
		pf_add_name(&instant, name);
	else
		pf_add_long_name(&instant, text);
	return instant;
}

static void write_interrupt(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	struct trace_interrupt interrupt = trace_interrupt_of(event->slot, event->extra);
	uint64_t track = pf_track(pf, lane, PF_INTERRUPTS, NULL);
	char cause[NAMES_BYTES], text[NAMES_BYTES];
	snprintf(text, sizeof(text), "%.40s by %s",
		 names_cause(cause, (unsigned)interrupt.cause | TRACE_CAUSE_INTERRUPT),
		 names_source((unsigned)interrupt.source));
	end_instant(pf, begin_named(pf, lane, event, track, text), event->id);
}

static void write_pmp(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	struct trace_pmp pmp = trace_pmp_of(event->slot, event->extra);
	uint64_t track = pf_track(pf, lane, PF_PMP, NULL);
	pf_need_name(pf, lane, PF_NAME_PMP);
	uint32_t address = event->extra ? pf_intern(pf, lane, PF_ADDRESS, pmp.address) : 0;
	struct pf_event instant = pf_begin(pf, lane, event->ns, PERFETTO_TYPE_INSTANT, track);
	pf_add_name(&instant, PF_NAME_PMP);
	pf_add_number(&instant, PF_ENTRY, PERFETTO_ANNOTATION_UINT, pmp.entry);
	pf_add_number(&instant, PF_CONFIG, PERFETTO_ANNOTATION_POINTER, pmp.config);
	if (pmp.module)
		pf_add_number(&instant, PF_PAYLOAD_CONFIG, PERFETTO_ANNOTATION_POINTER, pmp.payload);
	if (event->extra)
		pf_add_string(pf, &instant, PF_ADDRESS, pmp.address, address);
	end_instant(pf, instant, event->id);
}

void pf_begin_wfi(struct pftrace *pf, struct pf_lane *lane, int64_t ns, const uint64_t *pc)
{
	uint64_t track = pf_track(pf, lane, PF_WFI, NULL);
	pf_need_name(pf, lane, PF_NAME_WFI);
	uint32_t text = pc ? pf_intern(pf, lane, PF_MEPC, *pc) : 0;
	struct pf_event slice = pf_begin(pf, lane, ns, PERFETTO_TYPE_BEGIN, track);
	pf_add_name(&slice, PF_NAME_WFI);
	if (pc)
		pf_add_string(pf, &slice, PF_MEPC, *pc, text);
	pf_commit(pf, slice);
	pf->account.slices++;
	lane->wfi = true;
	lane->wfi_from = ns;
}

static void write_wfi_enter(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	if (lane->wfi)
		pf_end_slice(pf, lane, event->ns, pf_track(pf, lane, PF_WFI, NULL));
	struct trace_wfi_enter enter = trace_wfi_enter_of(event->slot, event->extra);
	pf_begin_wfi(pf, lane, event->ns, &enter.pc);
	pf->account.events.drawn[event->id]++;
}

static void write_wfi_leave(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	int64_t start = timeline_ns(pf->timeline, lane->hart,
				    event->cycles - trace_wfi_leave_of(event->slot, event->extra).slept);
	start = start < event->ns ? start : event->ns;
	/* If the WFI_ENTER record is missing, the slice of this sleep has not begun yet. The part of the sleep that
	 * lies in a gap is not shown. */
	if (!lane->wfi)
		pf_begin_wfi(pf, lane, start < lane->world_from ? lane->world_from : start, NULL);
	pf_note_sleep(lane, start, event->ns);
	pf_end_slice(pf, lane, event->ns, pf_track(pf, lane, PF_WFI, NULL));
	pf->account.events.drawn[event->id]++;
	lane->wfi = false;
}

/** Writes an instant. If the record has an EXT slot, the instant contains the value in this slot. */
static void write_valued(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event, uint64_t track,
			 const char *text, uint64_t value)
{
	struct pf_event instant = begin_named(pf, lane, event, track, text);
	if (value > INT64_MAX)
		pf_add_string(pf, &instant, PF_LARGE_VALUE, value, 0);
	else if (event->extra)
		pf_add_number(&instant, PF_VALUE, PERFETTO_ANNOTATION_UINT, value);
	end_instant(pf, instant, event->id);
}

static void write_module(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	const char *config = pf->timeline->machine.config;
	struct trace_module fields = trace_module_of(event->slot, event->extra);
	unsigned module = (unsigned)fields.module, number = (unsigned)fields.event;
	char text[NAMES_BYTES];
	uint64_t track = pf_module_track(pf, lane, module);
	write_valued(pf, lane, event, track, names_module_event(text, config, module, number), fields.value);
}

static void write_mark(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	struct trace_mark mark = trace_mark_of(event->slot, event->extra);
	char text[NAMES_BYTES];
	snprintf(text, sizeof(text), "mark %" PRIu64, mark.id);
	write_valued(pf, lane, event, pf_track(pf, lane, PF_MARKS, NULL), text, mark.value);
}

static void write_counter(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	struct trace_counter counter = trace_counter_of(event->slot, event->extra);
	uint32_t id = (uint32_t)counter.id;
	unsigned place = 0;
	while (place < lane->counters && lane->counter_ids[place] != id)
		place++;
	if (place == PF_COUNTERS || !event->extra) { /* all counter tracks are in use, or the record has no value */
		pf->account.events.left_out[event->id]++;
		return;
	}
	/* In Perfetto, the value of a counter lasts until the next value, so a value that is the same is not written. */
	pf->account.events.drawn[event->id]++;
	if (place < lane->counters && lane->counter_values[place] == counter.value)
		return;
	if (place == lane->counters)
		lane->counter_ids[lane->counters++] = id;
	lane->counter_values[place] = counter.value;
	char text[NAMES_BYTES];
	uint64_t track = pf_track(pf, lane, PF_COUNTER + place, names_counter(text, id));
	struct pf_event value = pf_begin(pf, lane, event->ns, PERFETTO_TYPE_COUNTER, track);
	pf_add_counter(&value, counter.value);
	pf_commit(pf, value);
	pf->account.counters++;
}

/** Counts a LOST record as drawn. The gap that it reports has already been drawn. */
static void note_lost(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	(void)lane;
	pf->account.events.drawn[event->id]++;
}

/** Counts a record as left out. SYNC and OBSERVING records are not drawn, because they only help to compute the times
 * of other records. */
static void leave_out(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	(void)lane;
	pf->account.events.left_out[event->id]++;
}

static void write_exit(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	(void)pf_exit(pf, lane, event);
}

typedef void writer(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);

static writer *const writers[TRACE_EVENTS + 1] = {
	[TRACE_EXIT] = write_exit,
	[TRACE_INTERRUPT] = write_interrupt,
	[TRACE_PMP] = write_pmp,
	[TRACE_IPI_SEND] = pf_send,
	[TRACE_IPI_RECV] = pf_receive,
	[TRACE_WFI_ENTER] = write_wfi_enter,
	[TRACE_WFI_LEAVE] = write_wfi_leave,
	[TRACE_ECALL] = pf_ecall,
	[TRACE_MODULE] = write_module,
	[TRACE_MARK] = write_mark,
	[TRACE_COUNTER] = write_counter,
	[TRACE_SYNC] = leave_out,
	[TRACE_LOST] = note_lost,
	[TRACE_OBSERVING] = leave_out,
	[TRACE_ECALL_ARGS] = pf_keep_arguments,
	[TRACE_ECALL_VALUE] = pf_keep_value,
};

bool pf_is_listed(const struct timeline_event *event)
{
	return !writers[event->meaning];
}

/* ---- the functions that the timeline calls ---- */

static enum error take_machine(void *self, const struct timeline *timeline)
{
	struct pftrace *pf = self;
	pf->timeline = timeline;
	pf->from = timeline->options->from_ns;
	pf->to = timeline->options->to_ns;
	pf->lanes = calloc(timeline->machine.head.harts, sizeof(pf->lanes[0]));
	pf->account.by_cause = calloc(timeline->machine.head.harts, sizeof(pf->account.by_cause[0]));
	if (!pf->lanes || !pf->account.by_cause)
		return error_no_memory();
	pf->harts = timeline->machine.head.harts;
	return ERROR_NONE;
}

static void take_event(void *self, const struct timeline_event *event)
{
	struct pftrace *pf = self;
	bool late = event->meaning == TRACE_EXIT && event->end_ns > pf->from; /* the exit ends in the window */
	if (__builtin_expect(event->ns < pf->from && !late, 0)) {
		pf_before(pf, event);
		return;
	}
	if (__builtin_expect(event->ns >= pf->to, 0)) {
		pf_behind(pf, event);
		return;
	}
	output_room(pf->output);
	struct pf_lane *lane = pf_lane(pf, event->hart, event->ns < pf->from ? pf->from : event->ns);
	lane->last = event->ns;
	pf_enter(pf, lane);
	if (pf_is_listed(event))
		(void)pf_listed(pf, lane, event);
	else
		writers[event->meaning](pf, lane, event);
}

static void take_gap(void *self, const struct timeline_gap *gap)
{
	struct pftrace *pf = self;
	if (gap->to_ns < pf->from) {
		pf_gap_before(pf, gap);
		return;
	}
	if (gap->from_ns < pf->from)
		pf_gap_before(pf, gap);
	if (gap->from_ns >= pf->to && !pf->lanes[gap->hart])
		return;
	output_room(pf->output);
	struct pf_lane *lane = pf_lane(pf, gap->hart, gap->from_ns < pf->from ? pf->from : gap->from_ns);
	if (lane->over)
		return;
	pf_enter(pf, lane);
	if (gap->from_ns < pf->to)
		pf_gap(pf, lane, gap);
	if (gap->to_ns >= pf->to)
		pf_close_lane(pf, lane, pf->to);
}

/** If the hart was in an exit when the dump was taken, remembers when this exit began. The exit lasts until the trace
 * ends. */
static void take_statistics(void *self, const struct dump_statistics *statistics)
{
	struct pftrace *pf = self;
	if (!statistics->in_flight || !pf->lanes[statistics->hart])
		return;
	struct pf_lane *lane = pf->lanes[statistics->hart];
	/* hv reads the start time after its entry code has run. So the exit began `entry` cycles earlier. */
	uint64_t entry = timeline_entry(pf->timeline, statistics->hart);
	uint64_t begin = statistics->in_flight > entry ? statistics->in_flight - entry : 0;
	int64_t ns = timeline_ns(pf->timeline, statistics->hart, begin);
	if (ns < pf->to && !lane->over)
		lane->in_flight = ns < lane->floor ? lane->floor : ns;
}

static void take_filled(void *self, uint32_t hart, int64_t ns, uint64_t slots)
{
	struct pftrace *pf = self;
	output_room(pf->output);
	struct pf_lane *lane = pf_lane(pf, hart, ns);
	uint64_t track = pf_track(pf, lane, PF_RING_FILL, NULL);
	struct pf_event value = pf_begin(pf, lane, ns, PERFETTO_TYPE_COUNTER, track);
	pf_add_counter(&value, slots);
	pf_commit(pf, value);
	pf->account.counters++;
}

struct timeline_sink pftrace_sink(struct pftrace *pf)
{
	return (struct timeline_sink){ .machine = take_machine,
				       .event = take_event,
				       .gap = take_gap,
				       .statistics = take_statistics,
				       .filled = take_filled,
				       .outside = true,
				       .failure = &pf->output->failure,
				       .self = pf };
}

static enum error name_constants(struct pftrace *pf)
{
	static const char *const constant[PF_NAME_FIRST_FREE] = {
		"",       "hv",           "firmware", "payload",        "LOST",
		"wfi",    "IPI received", "pmp",      "exit in flight", "wfi in flight",
		"asleep",
	};
	for (; pf->name_count < PF_NAME_FIRST_FREE; pf->name_count++) {
		pf->names[pf->name_count] = strdup(constant[pf->name_count]);
		if (!pf->names[pf->name_count])
			return error_no_memory();
	}
	return ERROR_NONE;
}

static enum error allocate(struct pftrace *pf)
{
	size_t longest = symbols_longest(pf->options.symbols);

	pf->text = malloc(longest + PF_TEXT);
	if (!pf->text)
		return error_no_memory();
	RETURN_IF_ERROR(name_constants(pf));
	return output_widen(pf->output, FUNCTIONS_OF_A_RECORD * (longest + REGISTERS_NAME_BYTES));
}

enum error pftrace_open(struct pftrace **pftrace, struct output *output, const struct pftrace_options *options)
{
	struct pftrace *pf = calloc(1, sizeof(*pf));

	*pftrace = pf;
	if (!pf)
		return error_no_memory();
	pf->output = output;
	pf->options = *options;
	pf->shows_hv = options->cause || options->details; /* --cause leaves out exits */
	pf->account.first_ns = INT64_MAX;

	enum error error = allocate(pf);

	if (error != ERROR_NONE) {
		pftrace_close(pf);
		*pftrace = NULL;
	}
	return error;
}

/** Returns when the trace ends: at the time of the last event of any hart, or at the window's end if this is
 * earlier. */
static int64_t find_end(const struct pftrace *pf)
{
	int64_t end = pf->account.last_ns > pf->from ? pf->account.last_ns : 0;
	for (uint32_t i = 0; i < pf->harts; i++)
		if (pf->lanes[i] && pf->lanes[i]->last > end)
			end = pf->lanes[i]->last;
	/* An exit that never ended lasts at least 1 ns, so that it is visible. */
	for (uint32_t i = 0; i < pf->harts; i++)
		if (pf->lanes[i] && pf->lanes[i]->in_flight >= end && pf->lanes[i]->in_flight > pf->from)
			end = pf->lanes[i]->in_flight + 1;
	return end < pf->to ? end : pf->to;
}

void pftrace_finish(struct pftrace *pf)
{
	output_room(pf->output);
	if (!pf->account.tracks && pf->harts)
		(void)pf_lane(pf, 0, pf->from); /* describes the run even if there are no records */
	int64_t end = find_end(pf);
	pf_end_flows(pf);
	for (uint32_t i = 0; i < pf->harts && end >= pf->from; i++) {
		struct pf_lane *lane = pf->lanes[i];
		if (!lane || lane->over)
			continue;
		output_room(pf->output);
		pf_enter(pf, lane);
		pf_close_lane(pf, lane, end);
	}
	pf_write_phases(pf, end);
	pf_end_run(pf, end > pf->from ? end : pf->from);
}

void pftrace_join(struct pftrace *pf)
{
	output_room(pf->output);
	pf_relate_boottime(pf);
}

const struct pftrace_account *pftrace_account(const struct pftrace *pf)
{
	return &pf->account;
}

static void print_causes(const struct pftrace *pf, FILE *file)
{
	const char *before = "";
	char name[NAMES_BYTES];
	fprintf(file, "  \"exits_by_cause\": [");
	for (uint32_t hart = 0; hart < pf->harts; hart++)
		for (unsigned cause = 0; cause < 256; cause++) {
			uint64_t count = pf->account.by_cause[hart][cause];
			if (!count)
				continue;
			fprintf(file, "%s\n    {\"hart\": %u, \"cause\": \"%s\", \"count\": %" PRIu64 "}", before, hart,
				names_cause(name, cause), count);
			before = ",";
		}
	fprintf(file, "],\n");
}

/** Prints the window, the first and the last recorded time, and the number of exits that the window's end cuts. */
static void print_window(const struct pftrace *pf, const struct timeline *timeline, FILE *file)
{
	int64_t first, last;

	timeline_extent(timeline, &first, &last);
	fprintf(file, "  \"window_begin\": %" PRId64 ", \"window_end\": %" PRId64, timeline->options->from_ns,
		timeline->options->to_ns);
	fprintf(file, ", \"recorded_begin\": %" PRId64 ", \"recorded_end\": %" PRId64, first, last);
	fprintf(file, ", \"exits_cut\": %" PRIu64 ",\n", pf->account.exits_cut);
}

void pftrace_print_account(const struct pftrace *pf, const struct timeline *timeline, FILE *file)
{
	const struct pftrace_account *account = &pf->account;
	bool empty = account->first_ns == INT64_MAX;
	fprintf(file, "{\n  \"tracks\": %" PRIu64 ", \"slices\": %" PRIu64 ", \"instants\": %" PRIu64, account->tracks,
		account->slices, account->instants);
	fprintf(file, ", \"counters\": %" PRIu64 ", \"flows\": %" PRIu64 ",\n", account->counters, account->flows);
	fprintf(file, "  \"ends_alone\": %" PRIu64 ",\n", account->ends_alone);
	print_window(pf, timeline, file);
	fprintf(file, "  \"exits\": %" PRIu64 ", \"gaps\": %" PRIu64 ", \"lost\": %" PRIu64, account->exits,
		account->gaps, account->lost);
	fprintf(file,
		", \"worlds\": %" PRIu64 ", \"hv\": %" PRIu64 ", \"asleep\": %" PRIu64 ", \"details\": %" PRIu64 ",\n",
		account->worlds, account->hv, account->asleep, account->details);
	fprintf(file, "  \"begin\": %" PRId64 ", \"end\": %" PRId64 ",\n", empty ? 0 : account->first_ns,
		account->last_ns);
	print_causes(pf, file);
	fprintf(file, "  \"events\": ");
	account_print_json(&account->events, timeline, file);
	fprintf(file, ",\n");
	fprintf(file, "  \"slots\": %" PRIu64 ", \"records\": %" PRIu64 ", \"orphans\": %" PRIu64,
		timeline->totals.slots, timeline->totals.records, timeline->totals.orphans);
	fprintf(file, ", \"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 "\n}\n", account->packets,
		output_bytes(pf->output));
}

void pftrace_close(struct pftrace *pf)
{
	for (uint32_t i = 0; i < pf->harts; i++)
		free(pf->lanes[i]);
	for (unsigned i = 0; i < pf->name_count; i++)
		free(pf->names[i]);
	free(pf->lanes);
	free(pf->account.by_cause);
	free(pf->text);
	free(pf);
}
