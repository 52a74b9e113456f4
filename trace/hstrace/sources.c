/* See sources.h. */
#include "trace/hstrace/sources.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/names.h"
#include "trace/convert/timeline.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/input.h"

#define MODULES 256 /* a field of type MODULE has 8 bits */

static bool same_machine(const struct source *a, const struct source *b)
{
	return a->machine.harts == b->machine.harts && a->machine.timebase_hz == b->machine.timebase_hz &&
	       memcmp(a->machine.build_id, b->machine.build_id, sizeof(a->machine.build_id)) == 0 &&
	       memcmp(a->ids, b->ids, a->machine.harts * sizeof(a->ids[0])) == 0;
}

static const char *take_machine(struct source *source, const struct dump_view *view)
{
	const char *rest = (const char *)view->payload + sizeof(source->machine);

	memcpy(&source->machine, view->payload, sizeof(source->machine));
	size_t bytes = source->machine.harts * sizeof(source->ids[0]);
	source->ids = malloc(bytes);
	source->config = strndup(rest + bytes, source->machine.config_bytes);
	if (!source->ids || !source->config)
		return "no memory";
	memcpy(source->ids, rest, bytes);
	return NULL;
}

/** Reads machine and schema of dump @p index, its first chunks. While salvaging the schema may be missing. */
static bool read_head(struct sources *sources, unsigned index)
{
	struct source *source = &sources->source[index];
	struct input input;
	struct dump_view view;
	char text[256];
	const char *wrong = NULL;

	if (!input_open(&input, sources->command, sources->options->file[index], sources->options->salvage))
		return false;
	while (!source->ids && !wrong && input_next(&input, &view))
		if (view.chunk.type == DUMP_MACHINE)
			wrong = take_machine(source, &view);
	if (!source->ids && !input.bad)
		(void)command_complain(sources->command, "%s: no description of the machine", input.path);
	if (source->ids && !wrong && input_next(&input, &view) && view.chunk.type == DUMP_SCHEMA &&
	    !schemas_add(&sources->schemas, view.payload, view.chunk.length, text, sizeof(text)))
		wrong = text;
	if (wrong)
		input_complain(&input, &view, wrong);
	return input_close(&input) && source->ids;
}

/** Decides whose harts the harts of dump @p index are. */
static bool place(struct sources *sources, unsigned index, bool apart)
{
	struct source *source = &sources->source[index];

	if (apart && !source->machine.timebase_hz) {
		(void)command_complain(sources->command, "%s: it is not known how fast its mtime counts, to align it",
				       sources->options->file[index]);
		return false;
	}
	if (source->machine.timebase_hz != sources->source[0].machine.timebase_hz) {
		(void)command_complain(sources->command,
				       "%s: its mtime counts at %" PRIu64 " Hz, that of %s at %" PRIu64,
				       sources->options->file[index], source->machine.timebase_hz,
				       sources->options->file[0], sources->source[0].machine.timebase_hz);
		return false;
	}
	for (unsigned before = 0; before < index && !apart; before++)
		if (same_machine(&sources->source[before], source)) {
			source->first_hart = sources->source[before].first_hart;
			return true;
		}
	if (source->machine.harts > TIMELINE_HARTS - sources->harts) {
		(void)command_complain(sources->command, "%s: with those of the dumps before there are over %u harts",
				       sources->options->file[index], TIMELINE_HARTS);
		return false;
	}
	source->added = true;
	source->first_hart = sources->harts;
	sources->harts += source->machine.harts;
	return true;
}

/** The first id from @p wanted on that none of the harts before @p index has. */
static uint64_t find_free_id(const struct sources *sources, uint32_t index, uint64_t wanted)
{
	bool taken[TIMELINE_HARTS + 1] = { false };
	uint64_t further = 0;

	for (uint32_t i = 0; i < index; i++)
		if (sources->ids[i] - wanted < TIMELINE_HARTS)
			taken[sources->ids[i] - wanted] = true;
	while (taken[further])
		further++;
	return wanted + further;
}

/** Hart ids as they are, but for those that another hart before has: these get the next that is free. */
static bool name_harts(struct sources *sources)
{
	sources->ids = calloc(sources->harts, sizeof(sources->ids[0]));
	if (!sources->ids) {
		(void)command_complain(sources->command, "no memory");
		return false;
	}
	for (unsigned i = 0; i < sources->options->files; i++) {
		const struct source *source = &sources->source[i];

		for (uint32_t hart = 0; source->added && hart < source->machine.harts; hart++)
			sources->ids[source->first_hart + hart] =
				find_free_id(sources, source->first_hart + hart, source->ids[hart]);
	}
	return true;
}

/** hv's configuration: that of the first machine's dumps, or of hv's ELF file. @return NULL after a complaint */
static const char *find_config(const struct sources *sources, const struct hv_elf *hv)
{
	const struct source *first = &sources->source[0];

	for (unsigned i = 0; i < sources->options->files; i++)
		if (same_machine(first, &sources->source[i]) && *sources->source[i].config)
			return sources->source[i].config;
	if (!hv->config)
		return "";
	if (memcmp(hv->build_id, first->machine.build_id, sizeof(hv->build_id)) == 0)
		return hv->config;
	(void)command_complain(sources->command, "%s: another build of hv than %s", sources->options->file[0],
			       sources->options->elf);
	return NULL;
}

/** Says which dumps are of another build of hv, whose modules have other numbers: a dump has one configuration. */
static void doubt_modules(const struct sources *sources, const char *config)
{
	const struct options *options = sources->options;

	for (unsigned i = 1; i < options->files; i++) {
		const struct source *source = &sources->source[i];
		char names[2][NAMES_BYTES];
		bool same = true;

		for (unsigned module = 1; module < MODULES && same; module++)
			same = strcmp(names_module(names[0], config, module),
				      names_module(names[1], source->config, module)) == 0;
		if (!same && memcmp(source->machine.build_id, sources->source[0].machine.build_id,
				    sizeof(source->machine.build_id)) != 0)
			(void)command_complain(sources->command,
					       "%s: another build of hv: names of modules are those of %s",
					       options->file[i], options->file[0]);
	}
}

bool sources_read(struct sources *sources, bool apart)
{
	for (unsigned i = 0; i < sources->options->files; i++)
		if (!read_head(sources, i) || !place(sources, i, apart))
			return false;
	return name_harts(sources);
}

/** Adds the events of hv's ELF file to those of the dumps. @return false after a complaint */
static bool add_events(struct sources *sources, const struct hv_elf *hv)
{
	char error[128];

	if (!hv->events || memcmp(hv->build_id, sources->source[0].machine.build_id, sizeof(hv->build_id)) != 0 ||
	    schemas_add(&sources->schemas, hv->events, strlen(hv->events), error, sizeof(error)))
		return true;
	(void)command_complain(sources->command, "%s: events: %s", sources->options->elf, error);
	return false;
}

bool sources_write_head(struct sources *sources, const struct hv_elf *hv, struct dump_writer *writer)
{
	struct dump_machine machine = sources->source[0].machine;
	const char *config = find_config(sources, hv);

	if (!config || !add_events(sources, hv))
		return false;
	doubt_modules(sources, config);
	machine.harts = sources->harts;
	if (!dump_write_machine(writer, &machine, sources->ids, config))
		return false;
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
