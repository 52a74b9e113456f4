/* Options that several commands take, as argp parsers that a command's own has as children.
 * Used by each command's file. Knows nothing of what the commands do. */
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

#define OPTIONS_FILES 64           /* more cannot be given */
#define OPTIONS_SECONDS 1000000000 /* that any time may have at most */

/** The input of each parser here. A command that sets no numbers of FILEs takes one. */
struct options {
	const struct argp_child *children; /* of the command's parser: to be set first */
	const char *file[OPTIONS_FILES];
	unsigned files;
	unsigned least, most; /* FILEs that are wanted; 0: one */
	bool salvage;
	bool json;
	const char *out;
	const char *symbol_paths; /* NULL: none were asked for */
	const char *cause;        /* likewise */
	const char *elf;          /* likewise */
	const char *config;       /* likewise */
	struct timeline_options timeline;
	enum statistics_key by;
};

/** FILE... and --salvage: the dumps that are read; options.timeline becomes TIMELINE_ALL. */
extern const struct argp options_dumps;
/** --json */
extern const struct argp options_json;
/** -o OUT, which must be given, and may not be a FILE. */
extern const struct argp options_output;
/** --hart, --from, --to and --cause; with options_dumps. */
extern const struct argp options_records;
/** --symbols */
extern const struct argp options_symbols;
/** --elf: hv's own ELF file */
extern const struct argp options_elf;
/** --by; with options_symbols */
extern const struct argp options_rows;

/** Hands a command's options on to its parser's children; to be called with ARGP_KEY_INIT. */
void options_hand_on(struct argp_state *state, struct options *options);

/** The parser of a command that has no options but these: its input is a struct options. */
error_t options_alone(int key, char *argument, struct argp_state *state);

/** Reads a time: seconds, or a number with one of the suffixes ns, us, ms and s. @return nanoseconds, from 0 to OPTIONS_SECONDS
 * seconds. Anything else ends the program, with a message that names @p option ("--from"). */
int64_t options_time(const char *option, const char *text, const struct argp_state *state);

/** Reads a whole number, decimal, or hexadecimal after 0x, as the argument of an option. Wrong ones end the program. */
uint64_t options_number(const char *text, struct argp_state *state);

/** The present name of the exits that @p name names, which is printed if @p name is an earlier one. If @p name is no name of an
 * exit, this ends the program, with the name that was probably meant.
 * @param option that has the name, for the message: "--cause"
 * @return @p name, or a text that stays until the next call */
const char *options_exit_name(const char *option, const char *name, const struct argp_state *state);

/** Reads the symbols that were asked for. @param symbols to be closed; NULL if none were, and after an error */
enum error options_read_symbols(const struct options *options, struct symbols **symbols) MUST_CHECK;

/** Reads hv's ELF file, if one was given. @param hv to be released; all zeros if none was, and after an error */
enum error options_read_elf(const struct options *options, struct hv_elf *hv) MUST_CHECK;

#endif
