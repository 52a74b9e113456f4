/* The track of phases. When a phase ends is known only when the next one has begun, and those that were seen from outside come last
 * in the dump, so all of them are written at the end. */
#include "trace/convert/pf.h"

/** What a phase looks like: hv and firmware as the worlds of these names, the kernel as the world that it begins. The others have
 * the colour of their name; that of "shutdown" is too much like the one of "workload". */
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

void pf_write_phases(struct pftrace *pf, int64_t end)
{
	if (!pf->run) /* a dump without a machine, which has no timeline either */
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
}
