/* hstrace info: prints a summary of a dump, as text or as JSON. The overview reads all chunks once and counts their
 * contents. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/check/overview.h"
#include "trace/convert/names.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/input.h"
#include "trace/hstrace/options.h"

static const struct argp_child children[] = { { .argp = &options_dumps }, { .argp = &options_json }, { 0 } };

static const struct argp parser = {
	.parser = options_alone,
	.children = children,
	.args_doc = "FILE",
	.doc = "Shows what a dump holds: machine, harts, slots, losses, events. FILE may be - for stdin.\v"
	       "Example: hstrace info --json trace.hst | jq '.harts[].lost'\n",
};

static void print_build_id(const struct dump_machine *machine)
{
	for (unsigned i = 0; i < HV_ELF_BUILD_ID_BYTES; i++)
		printf("%02x", machine->build_id[i]);
}

/** Prints the name of each module, and the number that stands for this module in fields of type MODULE. */
static void print_modules(const struct overview *overview)
{
	char *config = strndup(overview->config, overview->machine.config_bytes);
	char name[NAMES_BYTES], none[NAMES_BYTES];

	/* The dump may be damaged, and control characters in it must not reach the terminal. */
	for (char *at = config; at && *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	printf("\nconfig      %u bytes of JSON; modules:", overview->machine.config_bytes);
	for (unsigned i = 1; config && i < NAMES_MODULES; i++) {
		(void)snprintf(none, sizeof(none), "module %u", i);
		if (strcmp(names_module(name, config, i), none) == 0)
			break;
		printf(" %u %s", i, name);
	}
	printf("\n");
	free(config);
}

/** Prints when each phase began. The time is in seconds of mtime, or in ticks of mtime if the rate of mtime is
 * unknown. */
static void print_phases(const struct overview *overview)
{
	uint64_t timebase = overview->machine.timebase_hz;

	for (unsigned i = 0; i < overview->phases.count; i++) {
		const struct phase *phase = &overview->phases.phase[i];

		printf("%-11s ", i ? "" : "phases");
		if (timebase)
			printf("%.6f s", (double)phases_ns(phase->mtime, timebase) / 1e9);
		else
			printf("%" PRIu64 " ticks", phase->mtime);
		printf(" %s\n", phase->name);
	}
}

/** Prints when and why triggers fired. */
static void print_moments(const struct overview *overview)
{
	uint64_t timebase = overview->machine.timebase_hz;

	for (unsigned i = 0; i < overview->moments.count; i++) {
		const struct moment *moment = &overview->moments.moment[i];

		printf("%-11s ", i ? "" : "triggers");
		if (timebase)
			printf("%.6f s", (double)phases_ns(moment->mtime, timebase) / 1e9);
		else
			printf("%" PRIu64 " ticks", moment->mtime);
		printf(" hart %u, slot %" PRIu64 ": %s\n", moment->hart, moment->sequence, moment->text);
	}
}

static void print_json_moments(const struct overview *overview)
{
	uint64_t timebase = overview->machine.timebase_hz;

	printf("  \"triggers\": [");
	for (unsigned i = 0; i < overview->moments.count; i++) {
		const struct moment *moment = &overview->moments.moment[i];

		printf("%s\n    {\"text\": ", i ? "," : "");
		command_json_string(stdout, moment->text, strlen(moment->text));
		printf(", \"hart\": %u, \"sequence\": %" PRIu64 ", \"cycles\": %" PRIu64 ", \"mtime\": %" PRIu64,
		       moment->hart, moment->sequence, moment->cycles, moment->mtime);
		if (timebase)
			printf(", \"ns\": %" PRId64, phases_ns(moment->mtime, timebase));
		printf("}");
	}
	printf("],\n");
}

static void print_json_phases(const struct overview *overview)
{
	uint64_t timebase = overview->machine.timebase_hz;

	printf("  \"phases\": [");
	for (unsigned i = 0; i < overview->phases.count; i++) {
		const struct phase *phase = &overview->phases.phase[i];

		printf("%s\n    {\"name\": ", i ? "," : "");
		command_json_string(stdout, phase->name, strlen(phase->name));
		printf(", \"mtime\": %" PRIu64, phase->mtime);
		if (timebase)
			printf(", \"ns\": %" PRId64, phases_ns(phase->mtime, timebase));
		printf("}");
	}
	printf("],\n");
}

static void print_machine(const struct overview *overview)
{
	const struct dump_machine *machine = &overview->machine;

	if (!overview->has_machine) {
		printf("machine     missing\n");
		return;
	}
	printf("machine     %u harts, time base ", machine->harts);
	if (machine->timebase_hz)
		printf("%" PRIu64 " Hz", machine->timebase_hz);
	else
		printf("unknown");
	printf(", ABI version %u\n", machine->abi_version);
	printf("rings       %" PRIu64 " slots each; when one is full, %s\n", machine->slots,
	       machine->mode ? "new slots are discarded" : "old slots are overwritten");
	printf("build id    ");
	print_build_id(machine);
	if (machine->config_bytes)
		print_modules(overview);
	else
		printf("\nconfig      missing: modules and their events have only numbers; convert, stat and diff take "
		       "their names\n            from --elf=FILE, and merge --elf=FILE writes a dump that has them\n");
}

static void print_hart(uint32_t index, const struct overview_hart *hart)
{
	printf("hart %-3u    id %" PRIu64 ", %" PRIu64 " slots from number %" PRIu64 " on, %" PRIu64 " lost in %" PRIu64
	       " gaps, %" PRIu64 " records\n",
	       index, hart->id, hart->slots, hart->first, hart->lost, hart->gaps, record_stream_records(&hart->stream));
	if (record_stream_records(&hart->stream))
		printf("            mcycle 0x%" PRIx64 " to 0x%" PRIx64 "\n", hart->begin, hart->end);
	if (hart->has_statistics)
		printf("            emitted %" PRIu64 ", read %" PRIu64 ", lost %" PRIu64 "%s\n",
		       hart->statistics.emitted, hart->statistics.read, hart->statistics.lost,
		       hart->statistics.in_flight ? "; an exit was in progress" : "");
}

static void print_text(const struct overview *overview)
{
	uint64_t counts[SCHEMA_EVENTS];
	char text[SCHEMA_NAME_BYTES];

	print_machine(overview);
	print_phases(overview);
	print_moments(overview);
	for (uint32_t hart = 0; hart < overview->harts; hart++)
		print_hart(hart, &overview->hart[hart]);
	overview_count_events(overview, counts);
	for (unsigned id = 0; id < SCHEMA_EVENTS; id++)
		if (counts[id])
			printf("%-11s %" PRIu64 "\n", schema_event_name(&overview->schema, id, text), counts[id]);
	printf("chunks      %" PRIu64 "\n", overview->chunks);
	if (overview->unknown_chunks)
		printf("unknown     %" PRIu64 " chunks have types that this tool does not know; the first is %s\n",
		       overview->unknown_chunks, dump_section(overview->unknown_type, text));
}

static void print_json_hart(uint32_t index, const struct overview_hart *hart)
{
	printf("%s\n    {\"hart\": %u, \"id\": %" PRIu64 ", \"slots\": %" PRIu64 ", \"first\": %" PRIu64
	       ", \"next\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"gaps\": %" PRIu64 ", \"discarded\": %" PRIu64
	       ", \"records\": %" PRIu64 ", \"begin\": %" PRIu64 ", \"end\": %" PRIu64,
	       index ? "," : "", index, hart->id, hart->slots, hart->first, hart->next, hart->lost, hart->gaps,
	       hart->discarded, record_stream_records(&hart->stream), hart->begin, hart->end);
	if (hart->has_statistics)
		printf(", \"statistics\": {\"emitted\": %" PRIu64 ", \"read\": %" PRIu64 ", \"lost\": %" PRIu64
		       ", \"in_flight\": %" PRIu64 "}",
		       hart->statistics.emitted, hart->statistics.read, hart->statistics.lost,
		       hart->statistics.in_flight);
	printf("}");
}

static void print_json_events(const struct overview *overview)
{
	const char *before = "";
	uint64_t counts[SCHEMA_EVENTS];
	char text[SCHEMA_NAME_BYTES];

	overview_count_events(overview, counts);
	printf("  \"events\": {");
	for (unsigned id = 0; id < SCHEMA_EVENTS; id++) {
		const char *name = schema_event_name(&overview->schema, id, text);

		if (!counts[id])
			continue;
		printf("%s", before);
		command_json_string(stdout, name, strlen(name));
		printf(": %" PRIu64, counts[id]);
		before = ", ";
	}
	printf("},\n");
}

static void print_json(const struct overview *overview)
{
	printf("{\n");
	if (overview->has_machine) {
		printf("  \"machine\": {\"harts\": %u, \"timebase_hz\": %" PRIu64
		       ", \"abi_version\": %u, \"slots\": %" PRIu64 ", \"mode\": \"%s\", \"build_id\": \"",
		       overview->machine.harts, overview->machine.timebase_hz, overview->machine.abi_version,
		       overview->machine.slots, overview->machine.mode ? "discard" : "overwrite");
		print_build_id(&overview->machine);
		printf("\", \"config\": ");
		command_json_string(stdout, overview->config, overview->machine.config_bytes);
		printf("},\n");
	}
	printf("  \"harts\": [");
	for (uint32_t hart = 0; hart < overview->harts; hart++)
		print_json_hart(hart, &overview->hart[hart]);
	printf("],\n");
	print_json_events(overview);
	print_json_phases(overview);
	print_json_moments(overview);
	printf("  \"chunks\": %" PRIu64 ", \"unknown_chunks\": %" PRIu64 "\n}\n", overview->chunks,
	       overview->unknown_chunks);
}

/** Reads all chunks, and counts their contents in the overview. */
static enum error read_all(struct input *input, struct overview *overview)
{
	struct dump_view view;

	for (;;) {
		RETURN_IF_ERROR(input_next(input, &view));
		if (!view.payload)
			return ERROR_NONE;
		RETURN_IF_ERROR(input_about(input, &view, overview_add(overview, &view, NULL, NULL)));
	}
}

/** Reads the dump and prints its summary. After an error, the summary covers the part that was read before the error.
 * It shows the user how much of the dump is good. */
static enum error show(const char *command, const struct options *chosen)
{
	struct overview overview = { 0 };
	struct error_kept failure = { 0 };
	struct input input;

	RETURN_IF_ERROR(input_open(&input, command, chosen->file[0], chosen->salvage));
	error_keep(&failure, read_all(&input, &overview));
	error_keep(&failure, overview_finish(&overview, NULL, NULL));
	if (chosen->json)
		print_json(&overview);
	else
		print_text(&overview);
	overview_release(&overview);
	input_close(&input);
	return error_again(&failure);
}

int command_info(int argc, char **argv)
{
	struct options chosen = { .children = children };

	if (command_parse(&parser, argc, argv, &chosen) != ERROR_NONE)
		return command_complain(argv[0], "%s", error_message());
	return command_end(argv[0], show(argv[0], &chosen));
}
