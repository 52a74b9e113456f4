/* hstrace merge: merges several dumps into one.
 *
 * sources.c decides which hart of the merged dump each hart of each dump becomes. This file copies the slots. A slot
 * that several dumps contain is copied only once. A slot that no dump contains counts as lost. With --align, this file
 * also shifts whole runs in time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/dump/phases.h"
#include "trace/dump/section.h"
#include "trace/dump/writer.h"
#include "trace/hstrace/anchor.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/input.h"
#include "trace/hstrace/options.h"
#include "trace/hstrace/overlap.h"
#include "trace/hstrace/sources.h"

#define NS_PER_SECOND 1000000000ull
#define SYNC_MTIME (TRACE_SYNC_mtime_WORD - 1)          /* the value of `aux` in the EXT slot that contains mtime */
#define NO_HART "a hart that the machine does not have" /* possible with --salvage, if slots come before the machine */

static const struct argp_child children[] = { { .argp = &options_dumps },
					      { .argp = &options_output },
					      { .argp = &options_json },
					      { .argp = &options_elf },
					      { 0 } };

struct chosen {
	struct options options;
	bool align;
	struct anchor anchor;
	const char *phase[PHASES_MOST]; /* the arguments NAME=TIME of --phase */
	int64_t phase_ns[PHASES_MOST];
	unsigned phases;
};

enum { KEY_ALIGN = 256, KEY_PHASE };

static const struct argp_option own_options[] = {
	{ "align", KEY_ALIGN, "start|mark:ID", 0,
	  "The FILEs are different runs: shift them in time so that their first records, or first marks ID, coincide",
	  0 },
	{ "phase", KEY_PHASE, "NAME=TIME", 0,
	  "Note in OUT that a phase NAME of the run began at this mtime; may be repeated", 0 },
	{ 0 },
};

/** Reads the argument of --phase, NAME=TIME. NAME may contain "=", but TIME may not. */
static void read_phase(struct chosen *chosen, const char *argument, struct argp_state *state)
{
	const char *sign = strrchr(argument, '=');

	if (!sign || sign == argument)
		argp_error(state, "--phase=%s: must be NAME=TIME", argument);
	if (chosen->phases == PHASES_MOST)
		argp_error(state, "--phase: at most %u phases", PHASES_MOST);
	chosen->phase[chosen->phases] = argument;
	chosen->phase_ns[chosen->phases++] = options_time("--phase", sign + 1, state);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct chosen *chosen = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_hand_on(state, &chosen->options);
		return 0;
	case KEY_ALIGN:
		chosen->align = true;
		if (!anchor_read(argument, &chosen->anchor))
			argp_error(state, "--align=%s: must be start, or mark:ID with a number", argument);
		return 0;
	case KEY_PHASE:
		read_phase(chosen, argument, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = own_options,
	.parser = parse,
	.children = children,
	.args_doc = "FILE...",
	.doc = "Merges several dumps into one. Dumps of the same machine (same build id and hart ids) are parts of one "
	       "run and must be given oldest first; slots that several of them hold are taken once. The harts of other "
	       "machines are added after them; their mtime must have the same rate, and is taken to be the same clock. "
	       "With --align, all FILEs are different runs, which are shifted in time. FILEs cannot be pipes.\v"
	       "Example: hstrace merge first.hst second.hst -o whole.hst\n"
	       "Example: hstrace merge --align=mark:7 before.hst after.hst -o both.hst\n"
	       "Example: hstrace merge --elf=hv.elf guest.hst -o named.hst\n"
	       "Example: hstrace merge --phase=init=2.5 --phase=login=4.1 boot.hst -o named.hst\n",
};

/** The state of one hart of the merged dump. */
struct hart {
	uint64_t first, next; /* sequence number of the first slot written, and 1 + that of the last slot written */
	uint64_t end;         /* 1 + the sequence number of the last slot that any dump contains or reports as lost */
	bool begun, has_statistics;
	uint64_t slots, lost; /* number of slots written, and number of slots missing between them */
	struct dump_statistics statistics;
	struct overlap overlap; /* slots that were written, to compare them with the same slots in later dumps */
	bool in_sync;           /* true while a SYNC record is being copied */
};

struct merge {
	const char *command;
	struct chosen *chosen;
	struct sources sources;
	uint64_t later[OPTIONS_FILES]; /* number of ticks to add to mtime in each dump */
	struct hart *harts;
	struct dump_writer *writer;
	struct hv_elf hv;
	/* The phases in PHASES chunks and those from --phase. The module boot_counter writes phases as records, which
	 * are copied like all other records. */
	struct phases phases;
	struct moments moments; /* the triggers of all dumps */
};

/* move_flows() and move_time() change these fields in the payload of a slot without unpacking the record. So they rely
 * on the positions of the fields. */
_Static_assert(TRACE_FIELD_LIES(IPI_SEND, flow, 0, 0, 63) && TRACE_FIELD_LIES(IPI_RECV, flow, 0, 0, 63),
	       "the flow id begins at bit 0 of the header slot's payload");
_Static_assert(TRACE_SYNC_mtime_FIRST == 0 && TRACE_SYNC_mtime_BITS == 64, "mtime is the whole payload of an EXT slot");

/** Changes the hart index in flow ids to the index in the merged dump.
 * @param first_hart the index in the merged dump of this machine's hart 0 */
static void move_flows(const struct dump_schema *schema, struct trace_slot *slots, size_t count, uint32_t first_hart)
{
	for (size_t i = 0; i < count; i++) {
		unsigned meaning = schema_meaning(schema, trace_slot_event(&slots[i]));

		if (meaning == TRACE_IPI_SEND || meaning == TRACE_IPI_RECV)
			slots[i].payload += trace_flow(first_hart, 0);
	}
}

/** Shifts a run in time. To do this, adds @p later to mtime in all SYNC records. A record may begin in one chunk and
 * end in the next, so hart->in_sync stays valid from one call to the next. */
static void move_time(const struct dump_schema *schema, struct hart *hart, struct trace_slot *slots, size_t count,
		      uint64_t later)
{
	for (size_t i = 0; i < count; i++) {
		unsigned id = trace_slot_event(&slots[i]);

		if (id != TRACE_EXT)
			hart->in_sync = schema_meaning(schema, id) == TRACE_SYNC;
		else if (hart->in_sync && trace_slot_aux(&slots[i]) == SYNC_MTIME)
			slots[i].payload += later;
	}
}

/** Writes slots. The first of them has the sequence number @p first. If slots are missing between the last written slot
 * and @p first, they count as lost. */
static enum error append(struct merge *merge, uint32_t index, uint64_t first, const struct trace_slot *slots,
			 size_t count)
{
	struct hart *hart = &merge->harts[index];
	uint64_t lost = first - hart->next;

	if (count && hart->slots == 0)
		hart->first = first;
	hart->next = first + count;
	hart->slots += count;
	hart->lost += lost;
	if (count)
		RETURN_IF_ERROR(overlap_remember(&hart->overlap, first, slots, count));
	return dump_write_ring(merge->writer, index, first, lost, slots, count);
}

/** Updates the hart's state with the sequence numbers at which a chunk begins and ends. If slots are lost at the end of
 * a dump, they are not written as lost yet, because a later dump may contain them. */
static void note_reach(struct hart *hart, const struct dump_ring *ring)
{
	uint64_t from = ring->first - ring->lost;

	if (!hart->begun || (hart->slots == 0 && from < hart->next))
		hart->next = from;
	hart->begun = true;
	if (ring->first + ring->count > hart->end)
		hart->end = ring->first + ring->count;
}

/** Copies those slots of a RING chunk that have not been written yet. Compares the other slots of the chunk with the
 * slots that were written. */
static enum error take_ring(struct merge *merge, unsigned file, const struct dump_view *view)
{
	const struct source *source = &merge->sources.source[file];
	const struct dump_schema *schema = &merge->sources.schemas.events;
	static struct trace_slot slots[DUMP_RING_SLOTS];
	struct dump_ring ring;

	memcpy(&ring, view->payload, sizeof(ring));
	if (ring.hart >= source->machine.harts)
		return error_set(ERROR_DATA, NO_HART);
	uint32_t index = source->first_hart + ring.hart;
	struct hart *hart = &merge->harts[index];
	note_reach(hart, &ring);
	hart->in_sync = hart->in_sync && !ring.lost;
	if (ring.count == 0)
		return ERROR_NONE;
	if (hart->slots && ring.first < hart->first)
		return error_set(ERROR_DATA, "older than an earlier FILE: give the oldest first");
	/* The first `known` slots of the chunk have already been written, or have already been counted as lost. */
	uint64_t known = hart->next > ring.first ? hart->next - ring.first : 0;
	if (known > ring.count)
		known = ring.count;
	memcpy(slots, (const char *)view->payload + sizeof(ring), ring.count * TRACE_SLOT_BYTES);
	move_flows(schema, slots, ring.count, source->first_hart);
	move_time(schema, hart, slots, ring.count, merge->later[file]);
	if (known && !overlap_agrees(&hart->overlap, ring.first, slots, known))
		return error_set(
			ERROR_DATA,
			"its slots differ from an earlier FILE's: it is another run, which --align=start can add");
	if (known == ring.count)
		return ERROR_NONE;
	return append(merge, index, ring.first + known, slots + known, ring.count - known);
}

/** Called after the last dump. If a dump reports lost slots at a hart's end, and no dump contains these slots, writes
 * them as lost. */
static enum error write_ends(struct merge *merge)
{
	for (uint32_t i = 0; i < merge->sources.harts; i++)
		if (merge->harts[i].end > merge->harts[i].next)
			RETURN_IF_ERROR(append(merge, i, merge->harts[i].end, NULL, 0));
	return ERROR_NONE;
}

/** Takes the triggers of a dump. */
static enum error take_moments(struct merge *merge, unsigned file, const struct dump_view *view)
{
	const struct source *source = &merge->sources.source[file];
	struct moments found = { 0 };

	RETURN_IF_ERROR(moments_take_text(&found, view->payload, view->chunk.length));
	for (unsigned i = 0; i < found.count; i++) {
		if (found.moment[i].hart >= source->machine.harts)
			return error_set(ERROR_DATA, NO_HART);
		found.moment[i].hart += source->first_hart;
		found.moment[i].mtime += merge->later[file];
		RETURN_IF_ERROR(moments_add(&merge->moments, &found.moment[i]));
	}
	return ERROR_NONE;
}

/** Takes the phases of a dump if the dump belongs to the first run. The phases of other runs are left out, because a
 * dump can contain the phases of only one run. */
static enum error take_phases(struct merge *merge, unsigned file, const struct dump_view *view)
{
	bool same_run = file == 0 || !merge->sources.source[file].added;
	struct phases found = { 0 };

	RETURN_IF_ERROR(take_moments(merge, file, view));
	RETURN_IF_ERROR(phases_take_text(&found, view->payload, view->chunk.length));
	for (unsigned i = 0; i < found.count && same_run; i++)
		RETURN_IF_ERROR(phases_add(&merge->phases, found.phase[i].name, strlen(found.phase[i].name),
					   found.phase[i].mtime + merge->later[file]));
	return ERROR_NONE;
}

/** Adds the phases from the options --phase. */
static enum error note_phases(struct merge *merge)
{
	uint64_t timebase_hz = merge->sources.source[0].machine.timebase_hz;

	for (unsigned i = 0; i < merge->chosen->phases; i++) {
		const char *text = merge->chosen->phase[i];
		unsigned __int128 ticks = (unsigned __int128)(uint64_t)merge->chosen->phase_ns[i] * timebase_hz;
		enum error error = phases_add(&merge->phases, text, (size_t)(strrchr(text, '=') - text),
					      (uint64_t)(ticks / NS_PER_SECOND) + merge->later[0]);

		RETURN_IF_ERROR(error_about(error, "--phase=%s", text));
	}
	return ERROR_NONE;
}

/** Writes all phases and triggers as a PHASES chunk, if there are any. */
static enum error write_phases(struct merge *merge)
{
	char text[PHASES_TEXT_BYTES], triggers[MOMENTS_TEXT_BYTES];
	size_t bytes = phases_text(&merge->phases, text), more = moments_text(&merge->moments, triggers);

	if (!bytes && !more)
		return ERROR_NONE;
	return dump_write_chunk(merge->writer, DUMP_PHASES, DUMP_VERSION, text, bytes, triggers, more);
}

/** Takes a chunk of the dump @p file. Ignores the chunks with the machine and the schema, because sources_read() has
 * already read them. */
static enum error take(struct merge *merge, unsigned file, const struct dump_view *view)
{
	const struct source *source = &merge->sources.source[file];
	struct dump_statistics statistics;

	if (view->chunk.type == DUMP_RING)
		return take_ring(merge, file, view);
	if (view->chunk.type == DUMP_PHASES)
		return take_phases(merge, file, view);
	if (view->chunk.type != DUMP_STATISTICS)
		return ERROR_NONE;
	statistics = dump_statistics_of(view);
	if (statistics.hart >= source->machine.harts)
		return error_set(ERROR_DATA, NO_HART);
	struct hart *hart = &merge->harts[source->first_hart + statistics.hart];
	statistics.hart += source->first_hart;
	/* The newest dump of a hart is the dump in which the hart has emitted the most slots. */
	if (!hart->has_statistics || statistics.emitted >= hart->statistics.emitted)
		hart->statistics = statistics;
	hart->has_statistics = true;
	return ERROR_NONE;
}

/** Counts chunks of types that this tool does not know. */
struct unknown {
	uint64_t chunks;
	uint32_t type; /* type of the first such chunk */
};

/** Copies all chunks of an open dump, and counts the chunks of unknown types. */
static enum error copy_chunks(struct merge *merge, unsigned index, struct input *input, struct unknown *unknown)
{
	struct dump_view view;

	for (;;) {
		RETURN_IF_ERROR(input_next(input, &view));
		if (!view.payload)
			return ERROR_NONE;
		if (!section_known(view.chunk.type) && unknown->chunks++ == 0)
			unknown->type = view.chunk.type;
		RETURN_IF_ERROR(input_about(input, &view, take(merge, index, &view)));
	}
}

/** Copies dump @p index into the merged dump. */
static enum error copy(struct merge *merge, unsigned index)
{
	const struct options *options = &merge->chosen->options;
	struct unknown unknown = { 0 };
	struct input input;
	char type[16];

	RETURN_IF_ERROR(input_open(&input, merge->command, options->file[index], options->salvage));

	enum error error = copy_chunks(merge, index, &input, &unknown);

	if (unknown.chunks)
		(void)command_complain(merge->command,
				       "%s: left out %" PRIu64
				       " chunks of types that this tool does not know; the first is %s",
				       input.path, unknown.chunks, dump_section(unknown.type, type));
	input_close(&input);
	return error;
}

/** Writes the statistics of the newest dump for each hart. If the newest dump counts slots as lost, but an earlier dump
 * contains them, they count as read. */
static enum error write_statistics(struct merge *merge)
{
	for (uint32_t i = 0; i < merge->sources.harts; i++) {
		struct dump_statistics *statistics = &merge->harts[i].statistics;
		uint64_t slots = merge->harts[i].slots;

		if (!merge->harts[i].has_statistics)
			continue;
		if (slots > statistics->read && slots - statistics->read <= statistics->lost) {
			statistics->lost -= slots - statistics->read;
			statistics->read = slots;
		}
		RETURN_IF_ERROR(dump_write_statistics(merge->writer, statistics));
	}
	return ERROR_NONE;
}

/** Computes by how many ticks each run must be shifted. After the shift, all anchors must have the time of the latest
 * anchor. */
static enum error align(struct merge *merge)
{
	struct options *options = &merge->chosen->options;
	uint64_t timebase_hz = merge->sources.source[0].machine.timebase_hz, latest = 0;

	for (unsigned i = 0; i < options->files; i++) {
		int64_t ns;

		RETURN_IF_ERROR(anchor_find(&merge->chosen->anchor, merge->command, options, i, &ns));
		merge->later[i] = (uint64_t)((unsigned __int128)(uint64_t)ns * timebase_hz / NS_PER_SECOND);
		if (merge->later[i] > latest)
			latest = merge->later[i];
	}
	for (unsigned i = 0; i < options->files; i++)
		merge->later[i] = latest - merge->later[i];
	return ERROR_NONE;
}

/** Reads the first chunks of the dumps. Decides which harts of the merged dump their harts become, and how far their
 * times are shifted. */
static enum error prepare(struct merge *merge)
{
	RETURN_IF_ERROR(options_read_elf(&merge->chosen->options, &merge->hv));
	RETURN_IF_ERROR(sources_read(&merge->sources, merge->chosen->align));
	if (merge->chosen->align)
		RETURN_IF_ERROR(align(merge));
	merge->harts = calloc(merge->sources.harts, sizeof(merge->harts[0]));
	return merge->harts ? ERROR_NONE : error_no_memory();
}

/** Writes all chunks of the merged dump, in the order that the dump format requires. */
static enum error write_chunks(struct merge *merge)
{
	RETURN_IF_ERROR(note_phases(merge));
	RETURN_IF_ERROR(sources_write_head(&merge->sources, &merge->hv, merge->writer));
	for (unsigned i = 0; i < merge->chosen->options.files; i++)
		RETURN_IF_ERROR(copy(merge, i));
	RETURN_IF_ERROR(write_ends(merge));
	RETURN_IF_ERROR(write_statistics(merge));
	return write_phases(merge);
}

/** Writes OUT. If OUT already exists, it is replaced only after all steps have succeeded. */
static enum error write_merged(struct merge *merge)
{
	RETURN_IF_ERROR(dump_writer_open(&merge->writer, merge->chosen->options.out));

	enum error error = write_chunks(merge);

	if (error == ERROR_NONE)
		return dump_writer_close(merge->writer);
	dump_writer_drop(merge->writer);
	return error;
}

/** Prints a summary of the merged dump. Prints it to stderr if the dump went to stdout. */
static void summarize(const struct merge *merge)
{
	const struct options *options = &merge->chosen->options;
	FILE *out = strcmp(options->out, "-") == 0 ? stderr : stdout;

	for (uint32_t i = 0; i < merge->sources.harts; i++) {
		const struct hart *hart = &merge->harts[i];
		unsigned file = sources_find(&merge->sources, i);
		uint32_t own = i - merge->sources.source[file].first_hart;

		if (!options->json) {
			(void)fprintf(out,
				      "hart %u: id %" PRIu64 ", %" PRIu64 " slots, %" PRIu64 " lost; hart %u of %s\n",
				      i, merge->sources.ids[i], hart->slots, hart->lost, own, options->file[file]);
			continue;
		}
		(void)fprintf(out, "%s{\"hart\": %u, \"id\": %" PRIu64 ", \"slots\": %" PRIu64 ", \"lost\": %" PRIu64,
			      i ? ",\n  " : "{\"harts\": [\n  ", i, merge->sources.ids[i], hart->slots, hart->lost);
		(void)fprintf(out, ", \"hart_of_file\": %u, \"file\": ", own);
		command_json_string(out, options->file[file], strlen(options->file[file]));
		(void)fprintf(out, "}");
	}
	if (options->json)
		(void)fprintf(out, "]}\n");
}

static void release(struct merge *merge)
{
	for (uint32_t i = 0; merge->harts && i < merge->sources.harts; i++)
		overlap_free(&merge->harts[i].overlap);
	free(merge->harts);
	sources_release(&merge->sources);
	hv_elf_release(&merge->hv);
}

int command_merge(int argc, char **argv)
{
	static struct chosen chosen = { .options = { .children = children, .least = 1, .most = OPTIONS_FILES } };
	static struct merge merge;

	if (command_parse(&parser, argc, argv, &chosen) != ERROR_NONE)
		return command_complain(argv[0], "%s", error_message());
	merge.command = argv[0];
	merge.sources = (struct sources){ .command = argv[0], .options = &chosen.options };
	merge.chosen = &chosen;

	enum error error = prepare(&merge);

	if (error == ERROR_NONE)
		error = write_merged(&merge);
	if (error == ERROR_NONE)
		summarize(&merge);
	release(&merge);
	return command_end(argv[0], error);
}
