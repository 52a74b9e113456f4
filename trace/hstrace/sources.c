/* Reads the first chunks of the dumps, decides which hart of the merged dump each hart becomes, and writes the first
 * chunks of the merged dump. */
#include "trace/hstrace/sources.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/names.h"
#include "trace/convert/timeline.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/input.h"

/** Returns whether two dumps come from the same machine. If they do, they count as parts of one run. */
static bool same_machine(const struct source *a, const struct source *b)
{
	return a->machine.harts == b->machine.harts && a->machine.timebase_hz == b->machine.timebase_hz &&
	       memcmp(a->machine.build_id, b->machine.build_id, sizeof(a->machine.build_id)) == 0 &&
	       memcmp(a->ids, b->ids, a->machine.harts * sizeof(a->ids[0])) == 0;
}

/** Copies the contents of the chunk that describes the machine: the machine, its hart ids, and hv's configuration. */
static enum error take_machine(struct source *source, const struct dump_view *view)
{
	const char *rest = (const char *)view->payload + sizeof(source->machine);

	memcpy(&source->machine, view->payload, sizeof(source->machine));
	size_t bytes = source->machine.harts * sizeof(source->ids[0]);
	source->ids = malloc(bytes);
	source->config = strndup(rest + bytes, source->machine.config_bytes);
	if (!source->ids || !source->config)
		return error_no_memory();
	memcpy(source->ids, rest, bytes);
	return ERROR_NONE;
}

/** Reads the first chunks of an open dump, which contain the machine and the schema. With --salvage, the schema may be
 * missing. */
static enum error read_chunks(struct sources *sources, struct source *source, struct input *input)
{
	struct dump_view view;

	/* The first chunk describes the machine. With --salvage, other chunks may come before it. */
	do {
		RETURN_IF_ERROR(input_next(input, &view));
		if (!view.payload)
			return error_set(ERROR_DATA, "%s: the description of the machine is missing", input->path);
	} while (view.chunk.type != DUMP_MACHINE);
	RETURN_IF_ERROR(input_about(input, &view, take_machine(source, &view)));
	RETURN_IF_ERROR(input_next(input, &view));
	if (!view.payload || view.chunk.type != DUMP_SCHEMA)
		return ERROR_NONE;
	return input_about(input, &view, schemas_add(&sources->schemas, view.payload, view.chunk.length));
}

/** Reads the machine and the schema of dump @p index. */
static enum error read_head(struct sources *sources, unsigned index)
{
	struct input input;

	RETURN_IF_ERROR(input_open(&input, sources->command, sources->options->file[index], sources->options->salvage));

	enum error error = read_chunks(sources, &sources->source[index], &input);

	input_close(&input);
	return error;
}

/** Decides which harts of the merged dump the harts of the dump @p index become. If an earlier dump comes from the same
 * machine, and @p apart is false, they become the same harts as those of the earlier dump. Otherwise they become new
 * harts. */
static enum error place(struct sources *sources, unsigned index, bool apart)
{
	const char *path = sources->options->file[index];
	struct source *source = &sources->source[index];

	if (apart && !source->machine.timebase_hz)
		return error_set(ERROR_DATA, "%s: it cannot be aligned: the rate of its mtime is unknown", path);
	if (source->machine.timebase_hz != sources->source[0].machine.timebase_hz)
		return error_set(ERROR_DATA, "%s: its mtime counts at %" PRIu64 " Hz, that of %s at %" PRIu64, path,
				 source->machine.timebase_hz, sources->options->file[0],
				 sources->source[0].machine.timebase_hz);
	for (unsigned before = 0; before < index && !apart; before++)
		if (same_machine(&sources->source[before], source)) {
			source->first_hart = sources->source[before].first_hart;
			return ERROR_NONE;
		}
	if (source->machine.harts > DUMP_HARTS - sources->harts)
		return error_set(ERROR_DATA, "%s: with the harts of the earlier dumps there are more than %u", path,
				 DUMP_HARTS);
	source->added = true;
	source->first_hart = sources->harts;
	sources->harts += source->machine.harts;
	return ERROR_NONE;
}

/** Finds a free hart id. Tries @p wanted first, and then the next higher ids.
 * @return the first id that no hart with an index below @p index has */
static uint64_t find_free_id(const struct sources *sources, uint32_t index, uint64_t wanted)
{
	/* Fewer than DUMP_HARTS ids are in use, so at least one of the next DUMP_HARTS ids is free. Both ids
	 * and differences of ids wrap around at 2^64. */
	bool taken[DUMP_HARTS + 1] = { false };
	uint64_t further = 0;

	for (uint32_t i = 0; i < index; i++)
		if (sources->ids[i] - wanted < DUMP_HARTS)
			taken[sources->ids[i] - wanted] = true;
	while (taken[further])
		further++;
	return wanted + further;
}

/** Gives each hart an id in the merged dump. This is the id in the hart's original dump, or the next free id if an
 * earlier hart has the same id. */
static enum error name_harts(struct sources *sources)
{
	sources->ids = calloc(sources->harts, sizeof(sources->ids[0]));
	if (!sources->ids)
		return error_no_memory();
	for (unsigned i = 0; i < sources->options->files; i++) {
		const struct source *source = &sources->source[i];

		for (uint32_t hart = 0; source->added && hart < source->machine.harts; hart++)
			sources->ids[source->first_hart + hart] =
				find_free_id(sources, source->first_hart + hart, source->ids[hart]);
	}
	return ERROR_NONE;
}

/** Finds hv's configuration. Looks for it in the dumps of the first machine, and then in hv's ELF file. Returns "" in
 * @p config if none of them contains it. */
static enum error find_config(const struct sources *sources, const struct hv_elf *hv, const char **config)
{
	const struct source *first = &sources->source[0];

	*config = hv->config ? hv->config : "";
	for (unsigned i = 0; i < sources->options->files; i++)
		if (same_machine(first, &sources->source[i]) && *sources->source[i].config) {
			*config = sources->source[i].config;
			return ERROR_NONE;
		}
	if (!hv->config || memcmp(hv->build_id, first->machine.build_id, sizeof(hv->build_id)) == 0)
		return ERROR_NONE;
	return error_set(ERROR_OPTION, "%s: it was recorded with another build of hv than %s",
			 sources->options->file[0], sources->options->elf);
}

/** Warns if another build of hv wrote a dump, and the modules have other numbers in that build. The merged dump has
 * only one configuration, so tools would show wrong names for these modules. */
static void doubt_modules(const struct sources *sources, const char *config)
{
	const struct options *options = sources->options;

	for (unsigned i = 1; i < options->files; i++) {
		const struct source *source = &sources->source[i];
		char names[2][NAMES_BYTES];
		bool same = true;

		for (unsigned module = 1; module < NAMES_MODULES && same; module++)
			same = strcmp(names_module(names[0], config, module),
				      names_module(names[1], source->config, module)) == 0;
		if (!same && memcmp(source->machine.build_id, sources->source[0].machine.build_id,
				    sizeof(source->machine.build_id)) != 0)
			(void)command_complain(
				sources->command,
				"%s: another build of hv: its modules get the names that they have in %s",
				options->file[i], options->file[0]);
	}
}

enum error sources_read(struct sources *sources, bool apart)
{
	for (unsigned i = 0; i < sources->options->files; i++) {
		RETURN_IF_ERROR(read_head(sources, i));
		RETURN_IF_ERROR(place(sources, i, apart));
	}
	return name_harts(sources);
}

/** Adds the events in hv's ELF file to the events of the dumps, if the file has the same build id as the first dump. */
static enum error add_events(struct sources *sources, const struct hv_elf *hv)
{
	if (!hv->events || memcmp(hv->build_id, sources->source[0].machine.build_id, sizeof(hv->build_id)) != 0)
		return ERROR_NONE;
	return error_about(schemas_add(&sources->schemas, hv->events, strlen(hv->events)), "%s: events",
			   sources->options->elf);
}

enum error sources_write_head(struct sources *sources, const struct hv_elf *hv, struct dump_writer *writer)
{
	struct dump_machine machine = sources->source[0].machine;
	const char *config;

	RETURN_IF_ERROR(find_config(sources, hv, &config));
	RETURN_IF_ERROR(add_events(sources, hv));
	doubt_modules(sources, config);
	machine.harts = sources->harts;
	RETURN_IF_ERROR(dump_write_machine(writer, &machine, sources->ids, config));
	if (!sources->schemas.text)
		return dump_write_schema(writer);
	return dump_write_chunk(writer, DUMP_SCHEMA, DUMP_VERSION, sources->schemas.text, sources->schemas.bytes, NULL,
				0);
}

unsigned sources_find(const struct sources *sources, uint32_t index)
{
	unsigned found = 0;

	for (unsigned i = 0; i < sources->options->files; i++)
		if (sources->source[i].added && sources->source[i].first_hart <= index)
			found = i;
	return found;
}

void sources_release(struct sources *sources)
{
	for (unsigned i = 0; i < sources->options->files; i++) {
		free(sources->source[i].ids);
		free(sources->source[i].config);
	}
	free(sources->ids);
	schemas_release(&sources->schemas);
}
