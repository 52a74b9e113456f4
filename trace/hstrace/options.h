/* Options that several commands share, as argp parsers. A command's own parser has the parsers of the options that it
 * takes as children.
 * Used by each command's file. Knows nothing about what the commands do. */
#ifndef TRACE_HSTRACE_OPTIONS_H
#define TRACE_HSTRACE_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/symbols.h"
#include "trace/convert/timeline.h"
#include "trace/elf/hv_elf.h"
#include "trace/error/error.h"
#include "trace/stat/statistics.h"

#define OPTIONS_FILES 64           /* a command takes at most this many FILEs */
#define OPTIONS_SECONDS 1000000000 /* the longest time that an option takes */

/** The input of all parsers here. A command first sets `children`, and `least` and `most` unless it takes one FILE. */
struct options {
	const struct argp_child *children; /* of the command's parser */
	const char *file[OPTIONS_FILES];
	unsigned files;
	unsigned least, most; /* how many FILEs the command takes; both 0: exactly one */
	bool salvage;
	bool json;
	const char *out;
	const char *symbol_paths; /* the arguments of all --symbols, joined by commas; NULL if there was none */
	const char *cause;        /* NULL if the option was not given; the same holds for the next two */
	const char *elf;
	const char *config;
	struct timeline_options timeline;
	enum statistics_key by;
};

/** FILE... and --salvage: the dumps to read. Also sets options.timeline to TIMELINE_ALL. */
extern const struct argp options_dumps;
/** --json */
extern const struct argp options_json;
/** -o OUT, which is required and must not be an input. */
extern const struct argp options_output;
/** --hart, --from, --to and --cause. To be used with options_dumps, which sets their defaults. */
extern const struct argp options_records;
/** --symbols */
extern const struct argp options_symbols;
/** --elf: hv's ELF file */
extern const struct argp options_elf;
/** --by. To be used with options_symbols, which --by=function needs. */
extern const struct argp options_rows;

/** Passes a command's options on to the children of its parser. Call it from that parser with ARGP_KEY_INIT. */
void options_hand_on(struct argp_state *state, struct options *options);

/** The parser of a command that has only the options in this file. Its input is a struct options. */
error_t options_alone(int key, char *argument, struct argp_state *state);

/** Reads a time: seconds, or a number with one of the suffixes ns, us, ms and s. Anything else ends the program, with a
 * message that names @p option ("--from"). @return nanoseconds; at most OPTIONS_SECONDS seconds */
int64_t options_time(const char *option, const char *text, const struct argp_state *state);

/** Reads an option's argument as a whole number: decimal, or hexadecimal after 0x. Anything else ends the program. */
uint64_t options_number(const char *text, struct argp_state *state);

/** Finds the present name of exits: a cause or a detail. If @p name is a name of earlier versions, prints which name has
 * replaced it. If no exit has or had this name, ends the program with a message that suggests the most similar one.
 * @param option the option's name for the messages: "--cause"
 * @return @p name, or the present name, which stays valid until the next call */
const char *options_exit_name(const char *option, const char *name, const struct argp_state *state);

/** Reads the files of --symbols.
 * @param symbols set to what the caller must close; NULL if the option was not given, and after an error */
enum error options_read_symbols(const struct options *options, struct symbols **symbols) MUST_CHECK;

/** Reads hv's ELF file if --elf was given.
 * @param hv the caller must release it; all zeros if the option was not given, and after an error */
enum error options_read_elf(const struct options *options, struct hv_elf *hv) MUST_CHECK;

#endif
