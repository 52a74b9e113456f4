/* Writes the track of phases, and the triggers on it. A phase ends when the next phase begins. Some phases were observed from outside of the
 * guest, and the dump lists these phases at its end. So all phases are written at the end. */
#include "trace/convert/pf.h"

/** Chooses the colour of a phase. The phases hv and firmware have the colours of the slices hv and firmware on the
 * world tracks. The phase kernel has the colour of the slices payload, because the kernel is the start of the payload.
 * The colour of any other phase comes from its name. "shutdown" is an exception, because its colour would be too
 * similar to the colour of "workload". */
static enum pf_correlation correlation_of(const char *name)
{
	static const struct {
		const char *name;
		enum pf_correlation correlation;
	} known[] = { { "firmware", PF_LIKE_FIRMWARE },
		      { "kernel", PF_LIKE_PAYLOAD },
		      { "shutdown", PF_LIKE_SHUTDOWN } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i].name) == 0)
			return known[i].correlation;
	return PF_NO_CORRELATION;
}

static void write_phase(struct pftrace *pf, uint64_t track, const char *text, int64_t begin, int64_t end)
{
	struct pf_lane *lane = pf->run;

	output_room(pf->output);
	unsigned name = pf_name(pf, text);
	pf_need_name(pf, lane, name);
	struct pf_event slice = pf_begin(pf, lane, begin, PERFETTO_TYPE_BEGIN, track);
	pf_add_name(&slice, name);
	pf_add_category(&slice, PF_CATEGORY_PHASE);
	pf_add_correlation(&slice, correlation_of(text));
	pf_commit(pf, slice);
	pf_end_slice(pf, lane, end, track);
	pf->account.slices++;
}

static void write_moment(struct pftrace *pf, uint64_t track, const struct moment *moment, int64_t ns)
{
	struct pf_lane *lane = pf->run;

	output_room(pf->output);
	unsigned name = pf_name(pf, "trigger");
	pf_need_name(pf, lane, name);
	struct pf_event instant = pf_begin(pf, lane, ns, PERFETTO_TYPE_INSTANT, track);
	pf_add_name(&instant, name);
	pf_add_category(&instant, PF_CATEGORY_TRIGGER);
	pf_add_text(&instant, PF_CONDITION, moment->text, strlen(moment->text));
	pf_add_number(&instant, PF_HART, PERFETTO_ANNOTATION_UINT, moment->hart);
	pf_add_number(&instant, PF_SEQUENCE, PERFETTO_ANNOTATION_UINT, moment->sequence);
	pf_add_number(&instant, PF_CYCLES, PERFETTO_ANNOTATION_UINT, moment->cycles);
	pf_commit(pf, instant);
	pf->account.instants++;
}

/** Writes an instant for each trigger. @param track the track of phases; 0 if it is not declared yet */
static void write_moments(struct pftrace *pf, int64_t end, uint64_t track)
{
	const struct moments *moments = &pf->timeline->moments;

	for (unsigned i = 0; i < moments->count; i++) {
		int64_t ns = pf->timeline->moment_ns[i];

		/* Without a window, the trigger is shown even if it is the last event, at the end of the trace. */
		if (ns < pf->from || ns >= pf->to || ns > end)
			continue;
		track = track ? track : pf_declare_phases(pf);
		write_moment(pf, track, &moments->moment[i], ns);
	}
}

void pf_write_phases(struct pftrace *pf, int64_t end)
{
	if (!pf->run) /* the dump does not describe a machine, so pf->timeline is not set */
		return;

	const struct phases *phases = &pf->timeline->phases;
	uint64_t timebase = pf->timeline->machine.head.timebase_hz, track = 0;

	if (!timebase)
		return;
	for (unsigned i = 0; i < phases->count; i++) {
		int64_t begin = phases_ns(phases->phase[i].mtime, timebase);
		int64_t until = i + 1 < phases->count ? phases_ns(phases->phase[i + 1].mtime, timebase) : end;

		until = until < end ? until : end;
		if (begin >= end || until <= pf->from)
			continue;
		track = track ? track : pf_declare_phases(pf);
		write_phase(pf, track, phases->phase[i].name, begin > pf->from ? begin : pf->from, until);
	}
	write_moments(pf, end, track);
}
