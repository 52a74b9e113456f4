/* hstrace merge: several dumps as one. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/names.h"
#include "trace/dump/writer.h"
#include "trace/hstrace/anchor.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/input.h"
#include "trace/hstrace/options.h"
#include "trace/hstrace/overlap.h"

#define NS_PER_SECOND 1000000000ull
#define MODULES 256                                     /* a field of type MODULE has 8 bits */
#define SYNC_MTIME 1                                    /* aux of the EXT slot (trace/format/events.def) */
#define FLOW_TARGET_BIT 40                              /* a flow id's target hart (trace/format/events.def) */
#define NO_HART "a hart that the machine does not have" /* in salvage, chunks may come before the machine's */

static const struct argp_child children[] = { { .argp = &options_dumps },
					      { .argp = &options_output },
					      { .argp = &options_json },
					      { .argp = &options_elf },
					      { 0 } };

struct chosen {
	struct options options;
	bool align;
	struct anchor anchor;
};

enum { KEY_ALIGN = 256 };

static const struct argp_option own_options[] = {
	{ "align", KEY_ALIGN, "start|mark:ID", 0,
	  "Each FILE is a run of its own; their first records, or their first marks ID, are at the same time", 0 },
	{ 0 },
};

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
			argp_error(state, "--align=%s: it is start, or mark:ID with a number", argument);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = own_options,
	.parser = parse,
	.children = children,
	.args_doc = "FILE...",
	.doc = "Makes one dump of several. Those of one machine (build id and hart ids are equal) are parts of one run, the "
	       "oldest first: what several of them hold is taken once. Harts of other machines are added behind; their "
	       "mtime must count at the same rate, and is taken to be the same clock. With --align all FILEs are "
	       "different runs, which are moved in time. FILEs cannot be pipes.\v"
	       "Example: hstrace merge first.hst second.hst -o whole.hst\n"
	       "Example: hstrace merge --align=mark:7 before.hst after.hst -o both.hst\n"
	       "Example: hstrace merge --elf=hv.elf guest.hst -o named.hst\n",
};

/** A hart of the merged dump. */
struct hart {
	uint64_t id, first, next; /* first and next: sequence numbers written until now */
	bool begun, has_statistics;
	uint64_t slots, lost; /* written */
	struct dump_statistics statistics;
	struct overlap overlap; /* slots of these that dumps to come may hold again */
	bool in_sync;           /* the record being taken is SYNC */
};

/** One of the dumps: which harts its own are. */
struct source {
	struct dump_machine machine;
	uint64_t *ids;
	char *config;
	uint32_t first_hart;
	bool added;     /* its harts are its own, not those of a dump before */
	uint64_t later; /* what is added to its mtime */
};

struct merge {
	const char *command;
	struct chosen *chosen;
	struct source source[OPTIONS_FILES];
	struct hart *harts;
	uint32_t hart_count;
	struct dump_writer *writer;
	struct hv_elf hv;
};

static bool same_machine(const struct source *a, const struct source *b)
{
	return a->machine.harts == b->machine.harts && a->machine.timebase_hz == b->machine.timebase_hz &&
	       memcmp(a->machine.build_id, b->machine.build_id, sizeof(a->machine.build_id)) == 0 &&
	       memcmp(a->ids, b->ids, a->machine.harts * sizeof(a->ids[0])) == 0;
}

/** Reads the machine of dump @p index, its first chunk. */
static bool read_machine(struct merge *merge, unsigned index)
{
	struct source *source = &merge->source[index];
	struct input input;
	struct dump_view view;
	bool found = false;

	if (!input_open(&input, merge->command, merge->chosen->options.file[index], merge->chosen->options.salvage))
		return false;
	while (!found && input_next(&input, &view))
		found = view.chunk.type == DUMP_MACHINE;
	if (found) {
		const char *rest = (const char *)view.payload + sizeof(source->machine);

		memcpy(&source->machine, view.payload, sizeof(source->machine));
		size_t bytes = source->machine.harts * sizeof(source->ids[0]);
		source->ids = malloc(bytes);
		source->config = strndup(rest + bytes, source->machine.config_bytes);
		found = source->ids && source->config;
		if (found)
			memcpy(source->ids, rest, bytes);
	} else if (!input.bad) {
		(void)command_complain(merge->command, "%s: no description of the machine", input.path);
	}
	return input_close(&input) && found;
}

/** Decides whose harts the harts of dump @p index are. */
static bool place(struct merge *merge, unsigned index)
{
	struct source *source = &merge->source[index];

	if (source->machine.timebase_hz != merge->source[0].machine.timebase_hz) {
		(void)command_complain(merge->command, "%s: its mtime counts at %" PRIu64 " Hz, that of %s at %" PRIu64,
				       merge->chosen->options.file[index], source->machine.timebase_hz,
				       merge->chosen->options.file[0], merge->source[0].machine.timebase_hz);
		return false;
	}
	for (unsigned before = 0; before < index && !merge->chosen->align; before++)
		if (same_machine(&merge->source[before], source)) {
			source->first_hart = merge->source[before].first_hart;
			return true;
		}
	source->added = true;
	source->first_hart = merge->hart_count;
	merge->hart_count += source->machine.harts;
	return true;
}

static bool id_is_taken(const struct merge *merge, uint32_t count, uint64_t id)
{
	for (uint32_t i = 0; i < count; i++)
		if (merge->harts[i].id == id)
			return true;
	return false;
}

/** Hart ids as they are, but for those that another machine's hart has: these get the next that is free. */
static bool name_harts(struct merge *merge)
{
	merge->harts = calloc(merge->hart_count, sizeof(merge->harts[0]));
	if (!merge->harts)
		return false;
	for (unsigned i = 0; i < merge->chosen->options.files; i++)
		for (uint32_t hart = 0; merge->source[i].added && hart < merge->source[i].machine.harts; hart++) {
			uint32_t index = merge->source[i].first_hart + hart;
			uint64_t id = merge->source[i].ids[hart];

			while (id_is_taken(merge, index, id))
				id++;
			merge->harts[index].id = id;
		}
	return true;
}

/** hv's configuration: that of the first machine's dumps, or of hv's ELF file. @return NULL after a complaint */
static const char *find_config(const struct merge *merge)
{
	const struct source *first = &merge->source[0];

	for (unsigned i = 0; i < merge->chosen->options.files; i++)
		if (same_machine(first, &merge->source[i]) && *merge->source[i].config)
			return merge->source[i].config;
	if (!merge->hv.config)
		return "";
	if (memcmp(merge->hv.build_id, first->machine.build_id, sizeof(merge->hv.build_id)) == 0)
		return merge->hv.config;
	(void)command_complain(merge->command, "%s: another build of hv than %s", merge->chosen->options.file[0],
			       merge->chosen->options.elf);
	return NULL;
}

/** Says which dumps are of another build of hv, whose modules have other numbers: a dump has one configuration. */
static void doubt_modules(const struct merge *merge, const char *config)
{
	const struct options *options = &merge->chosen->options;

	for (unsigned i = 1; i < options->files; i++) {
		const struct source *source = &merge->source[i];
		char names[2][NAMES_BYTES];
		bool same = true;

		for (unsigned module = 1; module < MODULES && same; module++)
			same = strcmp(names_module(names[0], config, module),
				      names_module(names[1], source->config, module)) == 0;
		if (!same && memcmp(source->machine.build_id, merge->source[0].machine.build_id,
				    sizeof(source->machine.build_id)) != 0)
			(void)command_complain(merge->command,
					       "%s: another build of hv: names of modules are those of %s",
					       options->file[i], options->file[0]);
	}
}

static bool write_head(struct merge *merge)
{
	struct dump_machine machine = merge->source[0].machine;
	uint64_t *ids = calloc(merge->hart_count, sizeof(ids[0]));
	const char *config = find_config(merge);

	if (!ids || !config) {
		free(ids);
		return false;
	}
	doubt_modules(merge, config);
	for (uint32_t i = 0; i < merge->hart_count; i++)
		ids[i] = merge->harts[i].id;
	machine.harts = merge->hart_count;
	bool good = dump_write_machine(merge->writer, &machine, ids, config) && dump_write_schema(merge->writer);
	free(ids);
	return good;
}

/** Flow ids name harts by index, which for an added machine are others now. */
static void move_flows(struct trace_slot *slots, size_t count, uint32_t first_hart)
{
	for (size_t i = 0; i < count; i++) {
		unsigned id = (uint8_t)(slots[i].tag >> TRACE_TIMESTAMP_BITS);

		if (id == TRACE_IPI_SEND || id == TRACE_IPI_RECV)
			slots[i].payload += (uint64_t)first_hart << FLOW_TARGET_BIT;
	}
}

/** mtime of SYNC records, for a run that is moved in time. Their words may be in the next chunk. */
static void move_time(struct hart *hart, struct trace_slot *slots, size_t count, uint64_t later)
{
	for (size_t i = 0; i < count; i++) {
		unsigned id = (uint8_t)(slots[i].tag >> TRACE_TIMESTAMP_BITS);
		unsigned aux = (unsigned)(slots[i].tag >> (TRACE_TIMESTAMP_BITS + 8));

		if (id != TRACE_EXT)
			hart->in_sync = id == TRACE_SYNC;
		else if (hart->in_sync && aux == SYNC_MTIME)
			slots[i].payload += later;
	}
}

static const char *take_ring(struct merge *merge, const struct source *source, const struct dump_view *view)
{
	static struct trace_slot slots[DUMP_RING_SLOTS];
	struct dump_ring ring;

	memcpy(&ring, view->payload, sizeof(ring));
	if (ring.hart >= source->machine.harts)
		return NO_HART;
	uint32_t index = source->first_hart + ring.hart;
	struct hart *hart = &merge->harts[index];
	if (hart->begun && ring.first < hart->first)
		return "older than a dump before: give the oldest first";
	uint64_t known = hart->begun && hart->next > ring.first ? hart->next - ring.first : 0;
	if (known > ring.count)
		known = ring.count;
	memcpy(slots, (const char *)view->payload + sizeof(ring), ring.count * TRACE_SLOT_BYTES);
	move_flows(slots, ring.count, source->first_hart);
	hart->in_sync = hart->in_sync && !ring.lost;
	move_time(hart, slots, ring.count, source->later);
	if (known && !overlap_agrees(&hart->overlap, ring.first, slots, known))
		return "other slots than in a dump before: another run, which --align=start adds as such";
	if (known == ring.count && hart->begun)
		return NULL;
	uint64_t first = ring.first + known, lost = hart->begun ? first - hart->next : ring.lost;
	size_t count = ring.count - known;
	if (!hart->begun)
		hart->first = first;
	hart->begun = true;
	hart->next = first + count;
	hart->slots += count;
	hart->lost += lost;
	if (!overlap_remember(&hart->overlap, first, slots + known, count))
		return "no memory";
	return dump_write_ring(merge->writer, index, first, lost, slots + known, count)
		       ? NULL
		       : dump_writer_error(merge->writer);
}

static const char *take(struct merge *merge, const struct source *source, const struct dump_view *view)
{
	struct dump_statistics statistics;

	if (view->chunk.type == DUMP_RING)
		return take_ring(merge, source, view);
	if (view->chunk.type != DUMP_STATISTICS)
		return NULL;
	memcpy(&statistics, view->payload, sizeof(statistics));
	if (statistics.hart >= source->machine.harts)
		return NO_HART;
	struct hart *hart = &merge->harts[source->first_hart + statistics.hart];
	statistics.hart += source->first_hart;
	if (!hart->has_statistics || statistics.emitted >= hart->statistics.emitted)
		hart->statistics = statistics;
	hart->has_statistics = true;
	return NULL;
}

static bool copy(struct merge *merge, unsigned index)
{
	struct input input;
	struct dump_view view;

	if (!input_open(&input, merge->command, merge->chosen->options.file[index], merge->chosen->options.salvage))
		return false;
	while (!input.bad && input_next(&input, &view)) {
		const char *wrong = take(merge, &merge->source[index], &view);

		if (wrong)
			input_complain(&input, &view, wrong);
	}
	return input_close(&input);
}

/** Statistics are those of the newest dump. Of what it had lost, dumps before may have read some. */
static bool write_statistics(struct merge *merge)
{
	bool good = true;

	for (uint32_t i = 0; i < merge->hart_count; i++) {
		struct dump_statistics *statistics = &merge->harts[i].statistics;
		uint64_t slots = merge->harts[i].slots;

		if (!merge->harts[i].has_statistics)
			continue;
		if (slots > statistics->read && slots - statistics->read <= statistics->lost) {
			statistics->lost -= slots - statistics->read;
			statistics->read = slots;
		}
		good = dump_write_statistics(merge->writer, statistics) && good;
	}
	return good;
}

static bool read_machines(struct merge *merge)
{
	for (unsigned i = 0; i < merge->chosen->options.files; i++)
		if (!read_machine(merge, i) || !place(merge, i))
			return false;
	return name_harts(merge);
}

/** With --align: how much later each run is to be, so that all anchors are where the latest is. */
static bool align(struct merge *merge)
{
	struct options *options = &merge->chosen->options;
	uint64_t timebase_hz = merge->source[0].machine.timebase_hz, latest = 0;

	for (unsigned i = 0; merge->chosen->align && i < options->files; i++) {
		int64_t ns;

		if (!anchor_find(&merge->chosen->anchor, merge->command, options, i, &ns))
			return false;
		merge->source[i].later = (uint64_t)((unsigned __int128)(uint64_t)ns * timebase_hz / NS_PER_SECOND);
		if (merge->source[i].later > latest)
			latest = merge->source[i].later;
	}
	for (unsigned i = 0; merge->chosen->align && i < options->files; i++)
		merge->source[i].later = latest - merge->source[i].later;
	return true;
}

static bool write_merged(struct merge *merge)
{
	bool good = write_head(merge);

	for (unsigned i = 0; good && i < merge->chosen->options.files; i++)
		good = copy(merge, i);
	return good && write_statistics(merge);
}

/** The first dump that has hart @p index of the merged one. */
static unsigned find_source(const struct merge *merge, uint32_t index)
{
	unsigned found = 0;

	for (unsigned i = 0; i < merge->chosen->options.files; i++)
		if (merge->source[i].added && merge->source[i].first_hart <= index)
			found = i;
	return found;
}

/** Says what was written; on stderr if that went to stdout. */
static void summarize(const struct merge *merge)
{
	const struct options *options = &merge->chosen->options;
	FILE *out = strcmp(options->out, "-") == 0 ? stderr : stdout;

	for (uint32_t i = 0; i < merge->hart_count; i++) {
		const struct hart *hart = &merge->harts[i];
		unsigned file = find_source(merge, i);
		uint32_t own = i - merge->source[file].first_hart;

		if (!options->json) {
			(void)fprintf(out,
				      "hart %u: id %" PRIu64 ", %" PRIu64 " slots, %" PRIu64 " lost; hart %u of %s\n",
				      i, hart->id, hart->slots, hart->lost, own, options->file[file]);
			continue;
		}
		(void)fprintf(out, "%s{\"hart\": %u, \"id\": %" PRIu64 ", \"slots\": %" PRIu64 ", \"lost\": %" PRIu64,
			      i ? ",\n  " : "{\"harts\": [\n  ", i, hart->id, hart->slots, hart->lost);
		(void)fprintf(out, ", \"hart_of_file\": %u, \"file\": ", own);
		command_json_string(out, options->file[file], strlen(options->file[file]));
		(void)fprintf(out, "}");
	}
	if (options->json)
		(void)fprintf(out, "]}\n");
}

static void release(struct merge *merge)
{
	for (unsigned i = 0; i < merge->chosen->options.files; i++) {
		free(merge->source[i].ids);
		free(merge->source[i].config);
	}
	for (uint32_t i = 0; merge->harts && i < merge->hart_count; i++)
		overlap_free(&merge->harts[i].overlap);
	free(merge->harts);
	hv_elf_release(&merge->hv);
}

int command_merge(int argc, char **argv)
{
	static struct chosen chosen = { .options = { .children = children, .least = 1, .most = OPTIONS_FILES } };
	static struct merge merge;
	char error[512] = "";
	bool good = false;

	if (argp_parse(&parser, argc, argv, 0, NULL, &chosen) != 0)
		return COMMAND_USAGE;
	merge.command = argv[0];
	merge.chosen = &chosen;
	if (options_read_elf(&chosen.options, argv[0], &merge.hv) && read_machines(&merge) && align(&merge)) {
		merge.writer = dump_writer_open(chosen.options.out, error, sizeof(error));
		good = merge.writer && write_merged(&merge);
		if (merge.writer && !dump_writer_close(merge.writer, error, sizeof(error)))
			good = false;
		if (error[0])
			(void)command_complain(argv[0], "%s", error);
	}
	if (good)
		summarize(&merge);
	release(&merge);
	if (command_flush(argv[0]) != COMMAND_GOOD)
		good = false;
	return good ? COMMAND_GOOD : COMMAND_BAD;
}
