/* hstrace convert: a dump as a Perfetto trace, as JSON, or as CSV. */
#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/pftrace.h"
#include "trace/convert/text.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/timeline_input.h"

struct options {
	const char *path, *out, *format, *symbol_paths;
	bool gzip, json, salvage;
	struct timeline_options timeline;
	struct pftrace_options pftrace;
};

enum { KEY_FROM = 256, KEY_TO, KEY_HART, KEY_CAUSE, KEY_SYMBOLS, KEY_DETAILS };

static const struct argp_option options[] = {
	{ "output", 'o', "OUT", 0, "The file to write; - for stdout", 0 },
	{ "format", 'f', "FORMAT", 0, "pftrace (default; for ui.perfetto.dev), json or csv", 0 },
	{ "gzip", 'z', NULL, 0, "Compress the output", 0 },
	{ "symbols", KEY_SYMBOLS, "ELF[@ADDRESS],...", 0, "Name functions of these files (moved to ADDRESS)", 0 },
	{ "from", KEY_FROM, "SECONDS", 0, "Only records at or after this mtime", 0 },
	{ "to", KEY_TO, "SECONDS", 0, "Only records before this mtime", 0 },
	{ "hart", KEY_HART, "INDEX", 0, "Only this hart", 0 },
	{ "cause", KEY_CAUSE, "NAME", 0, "Of the exits, only these: set_timer, load_misaligned, mscratch, ...", 0 },
	{ "details", KEY_DETAILS, NULL, 0, "Of a pftrace: exits have cycles, outcome and module as arguments, too", 0 },
	{ "json", 'j', NULL, 0, "Write what was written as JSON to stdout", 0 },
	{ "salvage", 's', NULL, 0, "Read on after damage; take what the check sums prove", 0 },
	{ 0 },
};

static void check(struct argp_state *state, const struct options *chosen)
{
	static const char *const formats[] = { "pftrace", "json", "csv" };
	bool known = false;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		known = known || strcmp(chosen->format, formats[i]) == 0;
	if (!chosen->path)
		argp_error(state, "FILE is missing");
	if (!chosen->out)
		argp_error(state, "-o OUT is missing");
	if (!known)
		argp_error(state, "%s: there is no such format", chosen->format);
	if (chosen->json && strcmp(chosen->out, "-") == 0)
		argp_error(state, "--json and -o - both want stdout");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *chosen = state->input;

	switch (key) {
	case 'o':
		chosen->out = argument;
		return 0;
	case 'f':
		chosen->format = argument;
		return 0;
	case 'z':
		chosen->gzip = true;
		return 0;
	case 'j':
		chosen->json = true;
		return 0;
	case 's':
		chosen->salvage = true;
		return 0;
	case KEY_SYMBOLS:
		chosen->symbol_paths = argument;
		return 0;
	case KEY_FROM:
		if (!timeline_input_seconds(argument, &chosen->timeline.from_ns))
			argp_error(state, "%s: not a time in seconds", argument);
		return 0;
	case KEY_TO:
		if (!timeline_input_seconds(argument, &chosen->timeline.to_ns))
			argp_error(state, "%s: not a time in seconds", argument);
		return 0;
	case KEY_HART:
		if (!timeline_input_hart(argument, &chosen->timeline.hart))
			argp_error(state, "%s: not the index of a hart", argument);
		return 0;
	case KEY_DETAILS:
		chosen->pftrace.details = true;
		return 0;
	case KEY_CAUSE:
		chosen->pftrace.cause = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (chosen->path)
			argp_error(state, "one FILE is enough");
		chosen->path = argument;
		return 0;
	case ARGP_KEY_END:
		check(state, chosen);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Converts a dump. FILE may be - for stdin.\v"
	       "Example: hstrace convert trace.hst -o trace.pftrace --symbols=hv.elf,vmlinux",
};

static bool convert_pftrace(const char *command, const struct options *chosen, struct output *output)
{
	struct pftrace *pftrace = pftrace_open(output, &chosen->pftrace);
	struct timeline_sink sink = pftrace_sink(pftrace);
	struct timeline timeline;
	bool good = timeline_input(command, chosen->path, chosen->salvage, &timeline, &chosen->timeline, &sink);

	pftrace_finish(pftrace);
	if (chosen->json)
		pftrace_print_account(pftrace, &timeline, stdout);
	timeline_close(&timeline);
	pftrace_close(pftrace);
	return good;
}

static bool convert_text(const char *command, const struct options *chosen, struct output *output)
{
	struct text_options wanted = { .symbols = chosen->pftrace.symbols,
				       .cause = chosen->pftrace.cause,
				       .csv = strcmp(chosen->format, "csv") == 0 };
	struct text text;
	struct timeline_sink sink = text_open(&text, output, &wanted);
	struct timeline timeline;
	bool good = timeline_input(command, chosen->path, chosen->salvage, &timeline, &chosen->timeline, &sink);

	text_finish(&text);
	if (chosen->json)
		printf("{\"records\": %" PRIu64 ", \"gaps\": %" PRIu64 ", \"lost\": %" PRIu64 "}\n", text.records,
		       text.gaps, text.lost);
	timeline_close(&timeline);
	return good;
}

static bool convert(const char *command, const struct options *chosen, struct output *output)
{
	if (strcmp(chosen->format, "pftrace") == 0)
		return convert_pftrace(command, chosen, output);
	return convert_text(command, chosen, output);
}

int command_convert(int argc, char **argv)
{
	struct options chosen = { .format = "pftrace", .timeline = TIMELINE_ALL };
	struct output output;
	struct symbols *symbols = NULL;
	char error[512];

	if (argp_parse(&parser, argc, argv, 0, NULL, &chosen) != 0)
		return COMMAND_USAGE;
	if (chosen.symbol_paths && !(symbols = symbols_read(chosen.symbol_paths, error, sizeof(error))))
		return command_complain(argv[0], "%s", error);
	chosen.pftrace.symbols = symbols;
	int wrong = output_open(&output, chosen.out, chosen.gzip);
	bool good = wrong == 0 && convert(argv[0], &chosen, &output);
	if (!wrong && (wrong = output_close(&output)) != 0)
		good = false;
	if (wrong)
		(void)command_complain(argv[0], "%s: cannot write: %s", chosen.out, strerror(wrong));
	symbols_close(symbols);
	return command_flush(argv[0]) == COMMAND_GOOD && good ? COMMAND_GOOD : COMMAND_BAD;
}
