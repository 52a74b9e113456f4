/* hstrace extract: finds a dump in the log of a console, and writes the dump to a file. hv printed the dump on this
 * console as lines of text, which are called frames.
 *
 * trace/dump/log.h finds the frames, and trace/dump/extract.h puts them together. This file reports which parts of the
 * dump are missing. If the log contains no dump, this file explains the reason to the user. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/dump/extract.h"
#include "trace/dump/log.h"
#include "trace/dump/number.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/options.h"
#include "trace/hstrace/progress.h"
#include "trace/pack/unpack.h"

#define PIECE_BYTES (64 * 1024)

enum { KEY_DUMP = 256 };

struct chosen {
	struct options options; /* FILE 0 is the log */
	uint64_t number;        /* number of the dump to write, from 1; 0 for the last dump in the log */
};

static const struct argp_child children[] = {
	{ .argp = &options_dumps }, { .argp = &options_output }, { .argp = &options_json }, { 0 }
};

static const struct argp_option own_options[] = {
	{ "dump", KEY_DUMP, "N", 0, "Which dump to extract, from 1, if the log has several (default: the last)", 0 },
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
			argp_error(state, "--dump=%s: not the number of a dump", argument);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = own_options,
	.parser = parse,
	.children = children,
	.args_doc = "FILE",
	.doc = "Finds a trace that hv printed on its console at a panic, and writes it as a dump. FILE is a log of the "
	       "console. Other output may be mixed in, and the log may be saved as UTF-16, with colours, as HTML or as "
	       "JSON. Missing frames become gaps in the dump, and the exit code is 1 unless --salvage is given. FILE "
	       "may be - for stdin.\v"
	       "Example: hstrace extract console.log -o trace.hst && hstrace info trace.hst\n",
};

static void found(const struct console_frame *frame, uint64_t offset, void *context)
{
	(void)offset;
	extraction_add(context, frame);
}

/** Searches an open log, and shows the progress. The size of a pipe is 0, so no progress is shown for a pipe. */
static enum error search_stream(struct unpacker *log, uint64_t size, struct log_search *search)
{
	static char piece[PIECE_BYTES];
	struct progress progress;
	size_t bytes;
	enum error error;

	progress_begin(&progress);
	do {
		error = unpacker_read(log, piece, PIECE_BYTES, &bytes);
		log_search(search, piece, bytes);
		progress_show(&progress, unpacker_taken(log), size);
	} while (error == ERROR_NONE && bytes > 0);
	progress_clear(&progress);
	log_search_end(search);
	return error;
}

/** Searches the whole log. */
static enum error search_log(const char *path, struct log_search *search)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int file = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct unpacker *unpacker;
	struct stat status;

	if (file < 0)
		return error_set(ERROR_SYSTEM, "%s: cannot be read: %s", path, strerror(errno));

	uint64_t size = fstat(file, &status) == 0 ? (uint64_t)status.st_size : 0;
	enum error error = unpacker_open(&unpacker, file);

	if (error == ERROR_NONE)
		error = search_stream(unpacker, size, search);
	unpacker_close(unpacker);
	if (!is_stdin)
		(void)close(file);
	return error_about(error, "%s", is_stdin ? "stdin" : path);
}

/** Prints a summary of the dump that was found. Prints it to stderr if the dump goes to stdout. */
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

/** Prints a summary of the dump that was found, and a message about each part that is missing.
 * @return enum command_result */
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
			command, "%s: offset 0x%" PRIx64 ": frame: %" PRIu64 " frames are damaged; this is the first",
			chosen->options.file[0], search->first_damaged, search->damaged);
	if (!report->machine)
		(void)command_complain(
			command,
			"%s: the frame that describes the machine is missing: harts are guessed, times have no unit",
			chosen->options.file[0]);
	if (!report->end)
		(void)command_complain(command, "%s: the end of the dump is missing: the log was cut",
				       chosen->options.file[0]);
	else if (report->frames != report->frames_printed)
		(void)command_complain(command, "%s: hv printed %" PRIu64 " frames, the log has %" PRIu64,
				       chosen->options.file[0], report->frames_printed, report->frames);
	if (report->contradictions)
		(void)command_complain(command, "%s: %" PRIu64 " frames contradict others and were left out",
				       chosen->options.file[0], report->contradictions);
	return complete || chosen->options.salvage ? COMMAND_GOOD : COMMAND_BAD;
}

static enum error write_dump(const char *out, struct extraction *extraction, size_t number,
			     struct extraction_report *report)
{
	struct dump_writer *writer;

	RETURN_IF_ERROR(dump_writer_open(&writer, out));

	enum error error = extraction_write(extraction, number, writer, report);

	if (error == ERROR_NONE)
		return dump_writer_close(writer);
	dump_writer_drop(writer);
	return error;
}

/** Writes the selected dump, and prints messages about it. @param result receives an enum command_result */
static enum error write_and_tell(const char *command, const struct chosen *chosen, const struct log_search *search,
				 struct extraction *extraction, int *result)
{
	struct extraction_report report = { 0 };
	size_t number = chosen->number ? chosen->number : extraction->runs;
	enum error error = write_dump(chosen->options.out, extraction, number - 1, &report);

	if (error == ERROR_NONE)
		*result = tell(command, chosen, search, extraction, &report);
	extraction_report_release(&report);
	return error;
}

/* ---- a log without a dump ---- */

/** Types of files that users may confuse with a log. For each type, the list contains the first bytes of the file and a
 * message for the user. */
static const struct signature {
	uint8_t bytes[LOG_FIRST_BYTES];
	size_t length;
	const char *meaning;
} signatures[] = {
	{ { 0xfd, '7', 'z', 'X', 'Z' }, 5, "it is compressed with xz: unpack it first (unxz)" },
	{ { 'B', 'Z', 'h' }, 3, "it is compressed with bzip2: unpack it first (bunzip2)" },
	{ { 'P', 'K', 3, 4 }, 4, "it is a zip archive: unpack it first (unzip) and use the text in it" },
	{ { '%', 'P', 'D', 'F' }, 4, "it is a PDF file: save the log as text" },
	{ { 0x89, 'H', 'S', 'T' }, 4, "it is a dump already: hstrace info reads it" },
	{ { 0x7f, 'E', 'L', 'F' }, 4, "it is a program (ELF)" },
};

#define SAVE                                                                                                           \
	"save the console's output unchanged, with script, QEMU's -serial file:LOG, or the log of a terminal program"

/** Prints messages for a log that contains no dump. They explain what the file contains instead, and what the user can
 * do. */
static void explain(const char *command, const char *path, const struct log_nature *nature, uint64_t damaged)
{
	static const char none[] = "there is no dump of hv in this log";
	uint64_t likenesses = damaged + nature->mentions; /* number of places that look like the start of a frame */

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
				       " frames are entirely in upper or in lower case and cannot be read "
				       "(browsers do that to <...>): " SAVE,
				       path, none, nature->recased);
	else if (nature->cut)
		(void)command_complain(command,
				       "%s: %s: %" PRIu64
				       " frames are cut at the ends of lines, the longest after %zu of %u "
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
			"%s: %s: no line contains the start of a frame (<hst:...>). hv prints its rings when [trace] "
			"dump of its configuration says so: by default at a panic",
			path, none);
}

/** Finds the dumps in the log, and writes one of them.
 * @param result receives an enum command_result if a dump was written; unchanged if the log contains no dump */
static enum error extract(const char *command, const struct chosen *chosen, struct log_search *search,
			  struct extraction *extraction, int *result)
{
	const char *path = chosen->options.file[0];

	search->found = found;
	search->context = extraction;

	enum error error = search_log(path, search);

	/* If the log is compressed and damaged, what comes before the damage is good. */
	if (error == ERROR_DATA && chosen->options.salvage)
		(void)command_complain(command, "%s", error_message());
	else
		RETURN_IF_ERROR(error);
	RETURN_IF_ERROR(extraction_find_runs(extraction));
	if (extraction->runs == 0) { /* this is not an error of the function, but *result stays COMMAND_BAD */
		explain(command, path, &search->nature, search->damaged);
		return ERROR_NONE;
	}
	if (chosen->number > extraction->runs)
		return error_set(ERROR_OPTION, "%s: the log has only %zu dumps", path, extraction->runs);
	return write_and_tell(command, chosen, search, extraction, result);
}

int command_extract(int argc, char **argv)
{
	struct chosen chosen = { .options.children = children };
	struct extraction extraction = { 0 };
	struct log_search *search = calloc(1, sizeof(*search));
	int result = COMMAND_BAD;

	if (command_parse(&parser, argc, argv, &chosen) != ERROR_NONE)
		return command_complain(argv[0], "%s", error_message());

	enum error error = search ? extract(argv[0], &chosen, search, &extraction, &result) : error_no_memory();

	extraction_release(&extraction);
	free(search);
	return command_end(argv[0], error) == COMMAND_GOOD ? result : COMMAND_BAD;
}
