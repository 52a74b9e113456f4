/* Makes dumps out of the frames that were found in a log. The frames of all dumps are collected first, because a log
 * may contain the dumps of several boots, and some frames twice. Then the frames of each dump are sorted by hart and
 * sequence number. Frames that contradict others are left out. Where slots are missing, the dump gets a gap between the
 * hart's slots. */
#include "trace/dump/extract.h"

#include <stdlib.h>
#include <string.h>

#include "trace/dump/registers.h"

/** The frames of the dump that is being written. */
struct sorted {
	const struct console_frame *machine, *end; /* NULL if the log has no such frame */
	const struct console_frame **frame;        /* of types CONSOLE_HART and CONSOLE_SLOTS, sorted */
	size_t frames;
};

/** Identifies a collected frame by its index in extraction->frame, together with the run that the frame belongs to. */
struct appearance {
	uint32_t run;
	size_t frame;
};

/** Slots of one hart that wait until they fill a chunk. */
struct pending {
	struct dump_writer *writer;
	struct trace_slot *slot;
	size_t count;
	uint32_t hart;
	uint64_t first;   /* sequence number of slot[0] */
	uint64_t written; /* sequence number after that of the last slot that was written */
};

void extraction_add(struct extraction *extraction, const struct console_frame *frame)
{
	if (extraction->frames == extraction->room) {
		size_t room = extraction->room ? 2 * extraction->room : 256;
		struct console_frame *more = realloc(extraction->frame, room * sizeof(*more));

		if (!more) {
			error_keep(&extraction->failure, error_no_memory());
			return;
		}
		extraction->frame = more;
		extraction->room = room;
	}
	extraction->frame[extraction->frames++] = *frame;
}

static int order(uint64_t one, uint64_t other)
{
	return one < other ? -1 : one > other;
}

static int by_run(const void *one, const void *other)
{
	const struct appearance *a = one, *b = other;

	return a->run != b->run ? order(a->run, b->run) : order(a->frame, b->frame);
}

static int by_frame(const void *one, const void *other)
{
	const struct appearance *a = one, *b = other;

	return order(a->frame, b->frame);
}

/** Removes all elements except the first frame of each run. The remaining elements are in the order of the log. @return
 * the number of runs */
static size_t keep_first(struct appearance *appearance, size_t count)
{
	size_t kept = 0;

	qsort(appearance, count, sizeof(*appearance), by_run);
	for (size_t i = 0; i < count; i++)
		if (!kept || appearance[kept - 1].run != appearance[i].run)
			appearance[kept++] = appearance[i];
	qsort(appearance, kept, sizeof(*appearance), by_frame);
	return kept;
}

enum error extraction_find_runs(struct extraction *extraction)
{
	struct appearance *appearance = calloc(extraction->frames + 1, sizeof(*appearance));

	free(extraction->run);
	extraction->runs = 0;
	extraction->run = calloc(extraction->frames + 1, sizeof(*extraction->run));
	if (!appearance || !extraction->run)
		error_keep(&extraction->failure, error_no_memory());
	if (extraction->failure.error == ERROR_NONE) {
		for (size_t i = 0; i < extraction->frames; i++)
			appearance[i] = (struct appearance){ extraction->frame[i].run, i };
		extraction->runs = keep_first(appearance, extraction->frames);
		for (size_t i = 0; i < extraction->runs; i++)
			extraction->run[i] = appearance[i].run;
	}
	free(appearance);
	return error_again(&extraction->failure);
}

/** Orders frames by hart, type and sequence number. In this order, a hart's CONSOLE_HART frame comes before the hart's
 * slots, because the slots are checked against it. Two copies of the same frame become neighbours. */
static int compare(const void *one, const void *other)
{
	const struct console_frame *a = *(const struct console_frame *const *)one;
	const struct console_frame *b = *(const struct console_frame *const *)other;

	if (a->hart != b->hart)
		return order(a->hart, b->hart);
	if (a->type != b->type)
		return order(a->type, b->type);
	if (a->sequence != b->sequence)
		return order(a->sequence, b->sequence);
	return memcmp(a, b, sizeof(*a));
}

/** Whether the numbers in a frame are possible. The code below relies on this check. It ensures that indexes are in
 * range, that no sum overflows, and that a damaged frame cannot make the extractor allocate a huge list of harts. */
static bool possible(const struct console_frame *frame)
{
	const struct console_hart *hart = &frame->contents.hart_state;

	switch (frame->type) {
	case CONSOLE_MACHINE:
		return frame->contents.machine.harts >= 1 && frame->contents.machine.harts <= DUMP_HARTS &&
		       frame->contents.machine.version == CONSOLE_VERSION;
	case CONSOLE_HART:
		return frame->hart < DUMP_HARTS && hart->first <= hart->next && hart->next <= hart->emitted;
	case CONSOLE_SLOTS:
		return frame->hart < DUMP_HARTS && frame->sequence <= UINT64_MAX - frame->count;
	}
	return true;
}

/** Adds a frame of the dump to @p sorted, unless its numbers are impossible or it contradicts an earlier frame. */
static void sort_in(struct sorted *sorted, const struct console_frame *frame, struct extraction_report *report)
{
	const struct console_frame **single = frame->type == CONSOLE_MACHINE ? &sorted->machine : &sorted->end;

	if (!possible(frame))
		report->contradictions++;
	else if (frame->type == CONSOLE_HART || frame->type == CONSOLE_SLOTS)
		sorted->frame[sorted->frames++] = frame;
	else if (!*single)
		*single = frame;
	else
		report->contradictions += memcmp(frame, *single, sizeof(*frame)) != 0;
}

/** Collects the frames of dump @p number, in order. If the log contains a frame several times, one copy is kept. */
static enum error sort(const struct extraction *extraction, size_t number, struct sorted *sorted,
		       struct extraction_report *report)
{
	size_t kept = 0;

	*sorted = (struct sorted){ .frame = calloc(extraction->frames + 1, sizeof(*sorted->frame)) };
	if (!sorted->frame)
		return error_no_memory();
	for (size_t i = 0; i < extraction->frames; i++)
		if (extraction->frame[i].run == extraction->run[number])
			sort_in(sorted, &extraction->frame[i], report);
	qsort(sorted->frame, sorted->frames, sizeof(*sorted->frame), compare);
	for (size_t i = 0; i < sorted->frames; i++)
		if (!kept || memcmp(sorted->frame[kept - 1], sorted->frame[i], sizeof(**sorted->frame)) != 0)
			sorted->frame[kept++] = sorted->frame[i];
	sorted->frames = kept;
	return ERROR_NONE;
}

/** Makes the report's list of harts. It contains all harts of the machine. If a frame names a hart with a higher index,
 * the list extends to that hart. */
static enum error make_harts(const struct sorted *sorted, struct extraction_report *report)
{
	report->harts = sorted->machine ? sorted->machine->contents.machine.harts : 1;
	if (sorted->frames && sorted->frame[sorted->frames - 1]->hart >= report->harts)
		report->harts = sorted->frame[sorted->frames - 1]->hart + 1u;
	report->hart = calloc(report->harts, sizeof(*report->hart));
	if (!report->hart)
		return error_no_memory();
	for (uint32_t hart = 0; hart < report->harts; hart++)
		report->hart[hart].id = hart;
	return ERROR_NONE;
}

/** Stores what a CONSOLE_HART frame reports. At first, all slots of the hart count as missing. add_slots() later
 * subtracts the slots that are found. */
static void read_hart_frame(const struct console_frame *frame, struct extraction_report *report)
{
	struct extraction_hart *hart = &report->hart[frame->hart];

	if (hart->known) {
		report->contradictions++;
		return;
	}
	hart->known = true;
	hart->id = frame->contents.hart_state.id;
	hart->begin = frame->contents.hart_state.first;
	hart->end = frame->contents.hart_state.next;
	hart->missing = hart->end - hart->begin;
}

/** Writes the schema, including the names of device registers. The frames contain the addresses of these registers,
 * except those of an older hv.
 * @param registers by hart index, and all zeros; receives the addresses of each hart's registers */
static enum error write_schema(const struct sorted *sorted, struct dump_writer *writer, const uint64_t *ids,
			       uint32_t harts, struct hartscope_registers *registers)
{
	struct registers_facts facts = { .harts = harts, .ids = ids, .registers = registers };
	char *text;

	for (size_t i = 0; i < sorted->frames; i++) {
		const struct console_frame *frame = sorted->frame[i];

		if (frame->type != CONSOLE_HART)
			continue;
		registers[frame->hart].msip = frame->contents.hart_state.msip;
		registers[frame->hart].mtimecmp = frame->contents.hart_state.mtimecmp;
	}
	if (sorted->machine)
		registers[0].mtime = sorted->machine->contents.machine.mtime;
	RETURN_IF_ERROR(registers_text(&facts, &text));

	enum error error = dump_write_schema_and(writer, text);

	free(text);
	return error;
}

/** Writes the machine chunk and the schema chunk. Some values are printed only in the CONSOLE_MACHINE frame. If that
 * frame is lost, these values are written as 0, which means that they are not known. */
static enum error write_machine(const struct sorted *sorted, struct dump_writer *writer,
				const struct extraction_report *report)
{
	struct dump_machine machine = { .harts = report->harts };
	uint64_t *ids = calloc(report->harts, sizeof(*ids));
	struct hartscope_registers *registers = calloc(report->harts, sizeof(*registers));

	if (!ids || !registers) {
		free(ids);
		free(registers);
		return error_no_memory();
	}
	if (sorted->machine) {
		const struct console_machine *printed = &sorted->machine->contents.machine;

		machine.timebase_hz = printed->timebase_hz;
		machine.abi_version = printed->abi_version;
		machine.slots = printed->slots;
		machine.mode = printed->mode;
		memcpy(machine.build_id, printed->build_id, sizeof(machine.build_id));
	}
	for (uint32_t hart = 0; hart < report->harts; hart++)
		ids[hart] = report->hart[hart].id;

	enum error error = dump_write_machine(writer, &machine, ids, NULL);

	if (error == ERROR_NONE)
		error = write_schema(sorted, writer, ids, report->harts, registers);
	free(registers);
	free(ids);
	return error;
}

static enum error flush(struct pending *pending)
{
	enum error error = dump_write_ring(pending->writer, pending->hart, pending->first,
					   pending->first - pending->written, pending->slot, pending->count);

	pending->written = pending->first + pending->count;
	pending->first = pending->written;
	pending->count = 0;
	return error;
}

/** Adds the slots of a frame to the chunk. If slots are missing before this frame, or if the chunk would become too
 * large, the chunk is written first. A frame is left out if its sequence numbers lie outside of the range that the
 * hart's CONSOLE_HART frame reports, or if they contradict an earlier frame. */
static enum error add_slots(struct pending *pending, const struct console_frame *frame,
			    struct extraction_report *report)
{
	struct extraction_hart *hart = &report->hart[frame->hart];
	uint64_t next = pending->first + pending->count;

	if (frame->sequence < next || frame->sequence < hart->begin ||
	    (hart->known && frame->sequence + frame->count > hart->end)) {
		report->contradictions++;
		return ERROR_NONE;
	}
	if (frame->sequence != next || pending->count + frame->count > DUMP_RING_SLOTS)
		RETURN_IF_ERROR(flush(pending));
	if (pending->count == 0)
		pending->first = frame->sequence;
	memcpy(pending->slot + pending->count, frame->contents.slot, frame->count * sizeof(*pending->slot));
	pending->count += frame->count;
	if (hart->known)
		hart->missing -= frame->count;
	else
		hart->missing += hart->found ? frame->sequence - next : 0;
	hart->found += frame->count;
	return ERROR_NONE;
}

/** Writes the slots of hart @p index. On entry, *@p from is the index of this hart's first frame in @p sorted. On
 * return, it is the index of the next hart's first frame. */
static enum error write_hart(const struct sorted *sorted, size_t *from, uint32_t index, struct pending *pending,
			     struct extraction_report *report)
{
	struct extraction_hart *hart = &report->hart[index];

	pending->hart = index;
	pending->first = pending->written = pending->count = 0;
	for (; *from < sorted->frames && sorted->frame[*from]->hart == index; ++*from) {
		const struct console_frame *frame = sorted->frame[*from];

		if (frame->type == CONSOLE_HART)
			read_hart_frame(frame, report);
		else
			RETURN_IF_ERROR(add_slots(pending, frame, report));
	}
	if (pending->count)
		RETURN_IF_ERROR(flush(pending));
	if (!hart->known)
		hart->end = pending->written;
	pending->first = hart->end;
	return flush(pending); /* writes an empty chunk if slots are missing at the end, and nothing otherwise */
}

/** Writes the statistics of a hart. If its CONSOLE_HART frame is lost, only the slots that were found are known. */
static enum error write_statistics(const struct sorted *sorted, struct dump_writer *writer, uint32_t index,
				   const struct extraction_hart *hart)
{
	struct dump_statistics statistics = { .hart = index, .emitted = hart->end, .read = hart->found };

	for (size_t i = 0; i < sorted->frames; i++)
		if (sorted->frame[i]->hart == index && sorted->frame[i]->type == CONSOLE_HART) {
			statistics.emitted = sorted->frame[i]->contents.hart_state.emitted;
			statistics.in_flight = sorted->frame[i]->contents.hart_state.in_flight;
			break;
		}
	statistics.lost = statistics.emitted - statistics.read;
	return dump_write_statistics(writer, &statistics);
}

/** Finds the hart ids. This needs a separate pass over the frames, because the ids are part of the machine chunk, and
 * the machine chunk is written first. */
static void find_ids(const struct sorted *sorted, struct extraction_report *report)
{
	for (size_t i = 0; i < sorted->frames; i++)
		if (sorted->frame[i]->type == CONSOLE_HART)
			report->hart[sorted->frame[i]->hart].id = sorted->frame[i]->contents.hart_state.id;
}

static enum error write_harts(const struct sorted *sorted, struct pending *pending, struct extraction_report *report)
{
	size_t from = 0;

	for (uint32_t hart = 0; hart < report->harts; hart++) {
		RETURN_IF_ERROR(write_hart(sorted, &from, hart, pending, report));
		RETURN_IF_ERROR(write_statistics(sorted, pending->writer, hart, &report->hart[hart]));
	}
	return ERROR_NONE;
}

static enum error write_all(const struct sorted *sorted, struct dump_writer *writer, struct extraction_report *report)
{
	struct pending pending = { .writer = writer, .slot = calloc(DUMP_RING_SLOTS, sizeof(*pending.slot)) };
	enum error error = pending.slot ? write_machine(sorted, writer, report) : error_no_memory();

	if (error == ERROR_NONE)
		error = write_harts(sorted, &pending, report);
	free(pending.slot);
	return error;
}

enum error extraction_write(struct extraction *extraction, size_t number, struct dump_writer *writer,
			    struct extraction_report *report)
{
	struct sorted sorted;

	*report = (struct extraction_report){ 0 };
	RETURN_IF_ERROR(error_again(&extraction->failure));
	RETURN_IF_ERROR(sort(extraction, number, &sorted, report));
	report->machine = sorted.machine;
	report->end = sorted.end;
	report->frames = sorted.frames + report->machine;
	report->frames_printed = sorted.end ? sorted.end->sequence : 0;

	enum error error = make_harts(&sorted, report);

	if (error == ERROR_NONE) {
		find_ids(&sorted, report);
		error = write_all(&sorted, writer, report);
	}
	free(sorted.frame);
	return error;
}

bool extraction_complete(const struct extraction_report *report)
{
	bool complete = report->machine && report->end && report->contradictions == 0 &&
			report->frames == report->frames_printed;

	for (uint32_t hart = 0; hart < report->harts; hart++)
		complete = complete && report->hart[hart].missing == 0;
	return complete;
}

void extraction_report_release(struct extraction_report *report)
{
	free(report->hart);
	report->hart = NULL;
}

void extraction_release(struct extraction *extraction)
{
	free(extraction->frame);
	free(extraction->run);
	*extraction = (struct extraction){ 0 };
}
