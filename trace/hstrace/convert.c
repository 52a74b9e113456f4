/* hstrace convert: writes a dump as a Perfetto trace, as JSON or as CSV. Then reports how many records the output
 * contains, and how many it does not contain. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/convert/names.h"
#include "trace/convert/pftrace.h"
#include "trace/convert/text.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/options.h"
#include "trace/hstrace/timeline_input.h"
#include "trace/hstrace/with.h"

struct chosen {
	struct options options;
	const char *format;
	enum packing packing;
	bool has_offset;
	struct pftrace_options pftrace;
};

enum { KEY_DETAILS = 256, KEY_WITH, KEY_WITH_OFFSET, KEY_ZSTD };

static const struct argp_child children[] = { { .argp = &options_dumps },
					      { .argp = &options_output },
					      { .argp = &options_json },
					      { .argp = &options_records },
					      { .argp = &options_elf },
					      { .argp = &options_symbols },
					      { 0 } };

static const struct argp_option own_options[] = {
	{ "format", 'f', "FORMAT", 0, "pftrace (default; for ui.perfetto.dev), json or csv", 0 },
	{ "gzip", 'z', NULL, 0, "Compress the output with gzip", 0 },
	{ "zstd", KEY_ZSTD, NULL, 0, "Compress the output with zstd, which takes less time than gzip", 0 },
	{ "details", KEY_DETAILS, NULL, 0,
	  "With --format=pftrace: exits also have their cycles, outcome and module as arguments, and the tracks of worlds show when hv ran",
	  0 },
	{ "with", KEY_WITH, "TRACE", 0,
	  "With --format=pftrace: also put the packets of this Perfetto trace of the guest into OUT", 0 },
	{ "with-offset", KEY_WITH_OFFSET, "TIME", 0,
	  "When the clock BOOTTIME of --with was 0, in mtime: 98.2ms; it may be negative", 0 },
	{ 0 },
};

/** Checks options that depend on other options. Called when all options have been read. */
static void check(struct argp_state *state, const struct chosen *chosen)
{
	static const char *const formats[] = { "pftrace", "json", "csv" };
	bool known = false;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		known = known || strcmp(chosen->format, formats[i]) == 0;
	if (!known)
		argp_error(state, "--format=%s: must be pftrace, json or csv", chosen->format);
	if (chosen->pftrace.details && strcmp(chosen->format, "pftrace") != 0)
		argp_error(state, "--details works only with --format=pftrace");
	if (chosen->options.with && strcmp(chosen->format, "pftrace") != 0)
		argp_error(state, "--with works only with --format=pftrace");
	if ((chosen->options.with != NULL) != chosen->has_offset)
		argp_error(state, "--with and --with-offset need each other");
	if (chosen->options.cause && strcmp(chosen->format, "pftrace") != 0 &&
	    names_exit_is_call(chosen->options.cause))
		argp_error(state,
			   "--cause=%s: in %s, an exit does not have the SBI function as its detail; "
			   "--cause=environment_call_from_s_mode selects all calls from S-mode",
			   chosen->options.cause, chosen->format);
	if (chosen->options.json && chosen->options.out && strcmp(chosen->options.out, "-") == 0)
		argp_error(state, "--json and -o - cannot both write to stdout");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct chosen *chosen = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_hand_on(state, &chosen->options);
		return 0;
	case 'f':
		chosen->format = argument;
		return 0;
	case 'z':
		chosen->packing = PACKING_GZIP;
		return 0;
	case KEY_ZSTD:
		chosen->packing = PACKING_ZSTD;
		return 0;
	case KEY_DETAILS:
		chosen->pftrace.details = true;
		return 0;
	case KEY_WITH:
		chosen->options.with = argument;
		chosen->pftrace.joined = true;
		return 0;
	case KEY_WITH_OFFSET:
		chosen->has_offset = true;
		chosen->pftrace.boottime_ns = *argument == '-' ? -options_time("--with-offset", argument + 1, state)
							       : options_time("--with-offset", argument, state);
		return 0;
	case ARGP_KEY_END:
		check(state, chosen);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = own_options,
	.parser = parse,
	.children = children,
	.args_doc = "FILE",
	.doc = "Converts a dump. --json prints counts of what was written, so that a reader of the output can check "
	       "it. FILE may be - for stdin.\v"
	       "Example: hstrace convert trace.hst -o trace.pftrace --symbols=hv.elf,vmlinux\n",
};

/** Returns whether an output to @p path may go to the same place as stdout. The counts are then not printed, because
 * stdout must contain nothing but the output. This is so if @p path is "-", if it is a
 * device or a pipe of any name, or if it is the regular file to which stdout goes. */
static bool may_be_stdout(const char *path)
{
	struct stat out, own;

	if (strcmp(path, "-") == 0)
		return true;
	if (stat(path, &out) != 0) /* the file does not exist yet */
		return false;
	return !S_ISREG(out.st_mode) ||
	       (fstat(STDOUT_FILENO, &own) == 0 && own.st_dev == out.st_dev && own.st_ino == out.st_ino);
}

/** Ends the output. If there is an error, or if the account is wrong, drops what was written; a file that OUT should
 * replace then does not change. Call it before you print any counts, because a full disk may only show here.
 * @return the first error; ERROR_DATA if a record was not counted, or was counted twice */
static enum error end_output(const struct timeline_input *input, struct output *output, enum error error,
			     const struct account *account, const struct timeline *timeline)
{
	struct error_kept failure = { 0 };

	error_keep(&failure, error);
	if (error == ERROR_NONE)
		error_keep(&failure, error_about(account_check(account, timeline), "%s", input->input.path));
	error_keep(&failure, (failure.error == ERROR_NONE ? output_close : output_drop)(output));
	return error_again(&failure);
}

static enum error convert_pftrace(struct timeline_input *input, struct chosen *chosen, struct output *output)
{
	bool quiet = may_be_stdout(chosen->options.out);
	struct pftrace *pftrace;
	struct timeline timeline;
	enum error error = pftrace_open(&pftrace, output, &chosen->pftrace);

	if (error != ERROR_NONE)
		return end_output(input, output, error, NULL, NULL);

	struct timeline_sink sink = pftrace_sink(pftrace);
	const struct account *account = &pftrace_account(pftrace)->events;

	error = timeline_input_read(input, &chosen->options, &timeline, &sink);
	pftrace_finish(pftrace); /* the account is complete only now */
	if (error == ERROR_NONE && chosen->options.with) {
		pftrace_join(pftrace);
		error = with_append(output, chosen->options.with);
	}
	error = end_output(input, output, error, account, &timeline);
	if (error == ERROR_NONE && chosen->options.json)
		pftrace_print_account(pftrace, &timeline, stdout);
	else if (error == ERROR_NONE && !quiet)
		account_print(account, &timeline, stdout);
	timeline_close(&timeline);
	pftrace_close(pftrace);
	return error;
}

static void print_text_account(const struct text *text, const struct timeline *timeline)
{
	printf("{\"records\": %" PRIu64 ", \"gaps\": %" PRIu64 ", \"lost\": %" PRIu64 ",\n  \"events\": ",
	       text->records, text->gaps, text->lost);
	account_print_json(&text->account, timeline, stdout);
	printf("}\n");
}

static enum error convert_text(struct timeline_input *input, struct chosen *chosen, struct output *output)
{
	bool quiet = may_be_stdout(chosen->options.out);
	struct text_options wanted = { .symbols = chosen->pftrace.symbols,
				       .cause = chosen->pftrace.cause,
				       .csv = strcmp(chosen->format, "csv") == 0 };
	struct text text;
	struct timeline_sink sink;
	struct timeline timeline;
	enum error error = text_open(&text, output, &wanted, &sink);

	if (error != ERROR_NONE)
		return end_output(input, output, error, NULL, NULL);
	error = timeline_input_read(input, &chosen->options, &timeline, &sink);
	text_finish(&text);
	error = end_output(input, output, error, &text.account, &timeline);
	if (error == ERROR_NONE && chosen->options.json)
		print_text_account(&text, &timeline);
	else if (error == ERROR_NONE && !quiet)
		account_print(&text.account, &timeline, stdout);
	timeline_close(&timeline);
	return error;
}

/** Converts the dump and writes it to OUT. If OUT already exists, it is replaced only after the whole conversion has
 * succeeded. */
static enum error convert_to(struct timeline_input *input, struct chosen *chosen)
{
	bool pftrace = strcmp(chosen->format, "pftrace") == 0;
	enum packing packing = chosen->packing ? chosen->packing : packing_of_name(chosen->options.out);
	struct output output;

	RETURN_IF_ERROR(output_open(&output, chosen->options.out, packing));
	return (pftrace ? convert_pftrace : convert_text)(input, chosen, &output);
}

/** Converts the dump. Opens the dump before it creates OUT, so that OUT does not change if FILE is wrong. */
static enum error convert(const char *command, struct chosen *chosen)
{
	struct timeline_input input;

	RETURN_IF_ERROR(timeline_input_open(&input, command, &chosen->options, 0));

	enum error error = convert_to(&input, chosen);

	timeline_input_close(&input);
	return error;
}

int command_convert(int argc, char **argv)
{
	struct chosen chosen = { .options.children = children, .format = "pftrace" };
	struct symbols *symbols;

	if (command_parse(&parser, argc, argv, &chosen) != ERROR_NONE)
		return command_complain(argv[0], "%s", error_message());

	enum error error = options_read_symbols(&chosen.options, &symbols);

	chosen.pftrace.symbols = symbols;
	chosen.pftrace.cause = chosen.options.cause;
	if (error == ERROR_NONE)
		error = convert(argv[0], &chosen);
	symbols_close(symbols);
	return command_end(argv[0], error);
}
