/* hstrace extract: finds the dump that hv printed on its console in a log. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "trace/dump/extract.h"
#include "trace/dump/log.h"
#include "trace/dump/number.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/options.h"
#include "trace/hstrace/progress.h"

#define PIECE_BYTES (64 * 1024)

enum { KEY_DUMP = 256 };

struct chosen {
	struct options options; /* its one FILE is the log */
	uint64_t number;        /* from 1; 0: the last */
};

static const struct argp_child children[] = {
	{ .argp = &options_dumps }, { .argp = &options_output }, { .argp = &options_json }, { 0 }
};

static const struct argp_option own_options[] = {
	{ "dump", KEY_DUMP, "N", 0, "Which dump, from 1, if the log has several (the last)", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct chosen *chosen = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_hand_on(state, &chosen->options);
		return 0;
	case KEY_DUMP:
		if (!number_read(argument, &chosen->number) || chosen->number == 0)
			argp_error(state, "%s is not the number of a dump", argument);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = own_options,
	.parser = parse,
	.children = children,
	.args_doc = "FILE",
	.doc = "Finds the trace that hv printed on its console at a panic in FILE, a log with other output mixed "
	       "in, and writes it as a dump. The log may be saved as UTF-16, with colours, as HTML or as JSON. Frames that are missing become gaps, and exit code 1 but with --salvage. FILE "
	       "may be - for stdin.\v"
	       "Example: hstrace extract console.log -o trace.hst && hstrace info trace.hst\n",
};

static void found(const struct console_frame *frame, uint64_t offset, void *context)
{
	(void)offset;
	extraction_add(context, frame);
}

/** Searches the whole log. @return whether it could be read */
static bool search_log(const char *command, const char *path, struct log_search *search)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *log = is_stdin ? stdin : fopen(path, "rb");
	char *piece = malloc(PIECE_BYTES);
	struct progress progress;
	struct stat status;
	size_t bytes;
	uint64_t done = 0, all = log && fstat(fileno(log), &status) == 0 ? (uint64_t)status.st_size : 0;

	progress_begin(&progress);
	while (log && piece && (bytes = fread(piece, 1, PIECE_BYTES, log)) > 0) {
		log_search(search, piece, bytes);
		progress_show(&progress, done += bytes, all);
	}
	progress_clear(&progress);

	bool good = log && piece && !ferror(log);

	if (!good)
		(void)command_complain(command, "%s: cannot be read: %s", is_stdin ? "stdin" : path, strerror(errno));
	else
		log_search_end(search);
	if (log && !is_stdin)
		(void)fclose(log);
	free(piece);
	return good;
}

/** Says what was found; on stderr if the dump goes to stdout. */
static void summarize(const struct chosen *chosen, const struct log_search *search, const struct extraction *extraction,
		      const struct extraction_report *report)
{
	FILE *out = strcmp(chosen->options.out, "-") == 0 ? stderr : stdout;
	bool json = chosen->options.json;

	(void)fprintf(out,
		      json ? "{\"frames\": %" PRIu64 ", \"repaired\": %" PRIu64 ", \"dumps\": %zu, \"harts\": ["
			   : "%" PRIu64 " frames, %" PRIu64 " of them repaired; %zu dumps in the log\n",
		      search->frames, search->repaired, extraction->runs);
	for (uint32_t i = 0; i < report->harts; i++) {
		const struct extraction_hart *hart = &report->hart[i];

		if (json)
			(void)fprintf(out,
				      "%s\n  {\"hart\": %u, \"id\": %" PRIu64 ", \"slots\": %" PRIu64
				      ", \"missing\": %" PRIu64 "}",
				      i ? "," : "", i, hart->id, hart->found, hart->missing);
		else
			(void)fprintf(out, "hart %u: id %" PRIu64 ", %" PRIu64 " slots\n", i, hart->id, hart->found);
	}
	if (json)
		(void)fprintf(out, "],\n \"complete\": %s}\n", extraction_complete(report) ? "true" : "false");
}

/** Says what was found, and complains about what is missing. @return enum command_result */
static int tell(const char *command, const struct chosen *chosen, const struct log_search *search,
		const struct extraction *extraction, const struct extraction_report *report)
{
	bool complete = extraction_complete(report);

	summarize(chosen, search, extraction, report);
	for (uint32_t hart = 0; hart < report->harts; hart++)
		if (report->hart[hart].missing)
			(void)command_complain(command, "%s: hart %u: %" PRIu64 " slots are missing%s",
					       chosen->options.file[0], hart, report->hart[hart].missing,
					       report->hart[hart].known ? "" : ", and perhaps more");
	if (search->damaged)
		(void)command_complain(
			command, "%s: offset 0x%" PRIx64 ": frame: %" PRIu64 " frames are damaged, here is the first",
			chosen->options.file[0], search->first_damaged, search->damaged);
	if (!report->machine)
		(void)command_complain(command,
				       "%s: the machine's frame is missing: harts are a guess, times have no unit",
				       chosen->options.file[0]);
	if (!report->end)
		(void)command_complain(command, "%s: the dump's end is missing: the log was cut",
				       chosen->options.file[0]);
	else if (report->frames != report->frames_printed)
		(void)command_complain(command, "%s: %" PRIu64 " frames were printed, %" PRIu64 " are here",
				       chosen->options.file[0], report->frames_printed, report->frames);
	if (report->contradictions)
		(void)command_complain(command, "%s: %" PRIu64 " frames contradict others, and were left out",
				       chosen->options.file[0], report->contradictions);
	return complete || chosen->options.salvage ? COMMAND_GOOD : COMMAND_BAD;
}

static int write_dump(const char *command, const struct chosen *chosen, const struct log_search *search,
		      struct extraction *extraction)
{
	struct extraction_report report;
	char error[512] = "no memory";
	struct dump_writer *writer = dump_writer_open(chosen->options.out, error, sizeof(error));
	size_t number = chosen->number ? chosen->number : extraction->runs;
	int result;

	if (!writer)
		return command_complain(command, "%s", error);

	bool good = extraction_write(extraction, number - 1, writer, &report);

	if (good) {
		good = dump_writer_close(writer, error, sizeof(error));
	} else {
		if (dump_writer_error(writer)[0])
			(void)snprintf(error, sizeof(error), "%s", dump_writer_error(writer));
		dump_writer_drop(writer);
	}
	result = good ? tell(command, chosen, search, extraction, &report) : command_complain(command, "%s", error);
	extraction_report_release(&report);
	return result;
}

/* ---- a log without a dump ---- */

static const struct signature {
	uint8_t bytes[LOG_FIRST_BYTES];
	size_t length;
	const char *meaning;
} signatures[] = {
	{ { 0x1f, 0x8b }, 2, "it is compressed by gzip: unpack it first (gunzip)" },
	{ { 0xfd, '7', 'z', 'X', 'Z' }, 5, "it is compressed by xz: unpack it first (unxz)" },
	{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, "it is compressed by zstd: unpack it first (unzstd)" },
	{ { 'B', 'Z', 'h' }, 3, "it is compressed by bzip2: unpack it first (bunzip2)" },
	{ { 'P', 'K', 3, 4 }, 4, "it is a zip archive: unpack it first (unzip), and take the text in it" },
	{ { '%', 'P', 'D', 'F' }, 4, "it is a PDF file: save the log as text" },
	{ { 0x89, 'H', 'S', 'T' }, 4, "it is a dump already: hstrace info reads it" },
	{ { 0x7f, 'E', 'L', 'F' }, 4, "it is a program (ELF)" },
};

#define SAVE                                                                                                           \
	"save what the console writes as it is: by script, by QEMU's -serial file:LOG, or by the log of a terminal program"

/** Says what the log has instead of a dump, and what can be done. */
static void explain(const char *command, const char *path, const struct log_nature *nature, uint64_t damaged)
{
	static const char none[] = "no dump of hv is in this log";
	uint64_t likenesses = damaged + nature->mentions;

	if (nature->bytes == 0) {
		(void)command_complain(command, "%s: %s: it is empty", path, none);
		return;
	}
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
		if (memcmp(nature->first, signatures[i].bytes, signatures[i].length) == 0) {
			(void)command_complain(command, "%s: %s: %s", path, none, signatures[i].meaning);
			return;
		}
	if (nature->recased)
		(void)command_complain(command,
				       "%s: %s: %" PRIu64
				       " frames of one are all in upper or all in lower case, and cannot be read "
				       "(browsers do that to <...>): " SAVE,
				       path, none, nature->recased);
	else if (nature->cut)
		(void)command_complain(command,
				       "%s: %s: %" PRIu64
				       " frames of one are cut at the ends of lines, the longest after %zu of %u "
				       "characters: " SAVE,
				       path, none, nature->cut, nature->cut_at, CONSOLE_LINE_BYTES - 1);
	else if (likenesses)
		(void)command_complain(command,
				       "%s: %s: frames seem to begin in %" PRIu64
				       " places, but their characters were changed: " SAVE,
				       path, none, likenesses);
	else
		(void)command_complain(
			command,
			"%s: %s: no line of it begins a frame (<hst:...>). hv prints its rings at a panic, "
			"and where [trace] dump says so",
			path, none);
}

int command_extract(int argc, char **argv)
{
	struct chosen chosen = { .options.children = children };
	struct extraction extraction = { 0 };
	struct log_search *search = calloc(1, sizeof(*search));
	int result = COMMAND_BAD;

	if (argp_parse(&parser, argc, argv, 0, NULL, &chosen) != 0)
		return COMMAND_USAGE;
	if (!search)
		return command_complain(argv[0], "no memory");
	search->found = found;
	search->context = &extraction;
	if (search_log(argv[0], chosen.options.file[0], search)) {
		if (!extraction_find_runs(&extraction))
			(void)command_complain(argv[0], "no memory");
		else if (extraction.runs == 0)
			explain(argv[0], chosen.options.file[0], &search->nature, search->damaged);
		else if (chosen.number > extraction.runs)
			(void)command_complain(argv[0], "%s: it has %zu dumps", chosen.options.file[0],
					       extraction.runs);
		else
			result = write_dump(argv[0], &chosen, search, &extraction);
	}
	extraction_release(&extraction);
	free(search);
	return command_flush(argv[0]) == COMMAND_GOOD ? result : COMMAND_BAD;
}
