/* Parsers (of argp) for the options that several commands share. Each command has its own parser, and this parser has
 * child parsers: one for each shared option that the command takes.
 * Used by each command's file. Knows nothing about the commands' work. */
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
#define OPTIONS_SECONDS 1000000000 /* the maximum time in seconds that an option accepts */

/** The input of all parsers in this file. Before parsing, a command sets `children`. It also sets `least` and `most`,
 * unless it takes exactly one FILE. */
struct options {
	const struct argp_child *children; /* the child parsers of the command's parser */
	const char *file[OPTIONS_FILES];
	unsigned files;
	unsigned least, most; /* minimum and maximum number of FILEs; both are 0 if the command takes exactly one */
	bool salvage;
	bool json;
	const char *out;
	const char *symbol_paths; /* the arguments of all --symbols, joined by commas; NULL if there was none */
	const char *cause;        /* this pointer and the next three are NULL if their option was not given */
	const char *elf;
	const char *config;
	const char *with; /* another Perfetto trace, whose packets follow (hstrace convert) */
	struct timeline_options timeline;
	enum statistics_key by;
};

/** Parses FILE... (the dumps to read) and --salvage. Also sets options.timeline to TIMELINE_ALL. */
extern const struct argp options_dumps;
/** Parses --json. */
extern const struct argp options_json;
/** Parses -o OUT. The option is required, and OUT must not be one of the inputs. */
extern const struct argp options_output;
/** Parses --hart, --from, --to and --cause. Use it together with options_dumps, which sets their defaults. */
extern const struct argp options_records;
/** Parses --symbols. */
extern const struct argp options_symbols;
/** Parses --elf, whose argument is hv's ELF file. */
extern const struct argp options_elf;
/** Parses --by. Use it together with options_symbols, because --by=function needs symbols. */
extern const struct argp options_rows;

/** Passes a command's options to the child parsers of the command's parser. Call it when this parser receives
 * ARGP_KEY_INIT. */
void options_hand_on(struct argp_state *state, struct options *options);

/** The parser function for a command whose options are all in this file. The parser's input is a struct options. */
error_t options_alone(int key, char *argument, struct argp_state *state);

/** Reads a time. The text is a number of seconds, or a number with one of the suffixes ns, us, ms and s. If the text is
 * wrong, ends the program with a message that contains @p option, the option's name (such as "--from").
 * @return the time in nanoseconds; at most OPTIONS_SECONDS seconds */
int64_t options_time(const char *option, const char *text, const struct argp_state *state);

/** Reads an option's argument as a whole number. The number is decimal, or hexadecimal if it begins with 0x. If the
 * text is not such a number, ends the program with a message. */
uint64_t options_number(const char *text, struct argp_state *state);

/** Finds the present name of exits, which is a cause or a detail. If @p name is a name that earlier versions used,
 * prints a message with the present name. If no version ever used this name, ends the program with a message that
 * suggests the most similar name.
 * @param option the option's name, which the messages contain, such as "--cause"
 * @return @p name, or the present name, which stays valid until the next call */
const char *options_exit_name(const char *option, const char *name, const struct argp_state *state);

/** Reads the files of --symbols.
 * @param symbols receives the symbols, which the caller must close; NULL if the option was not given, and after an
 * error */
enum error options_read_symbols(const struct options *options, struct symbols **symbols) MUST_CHECK;

/** Reads hv's ELF file if --elf was given.
 * @param hv receives the contents, which the caller must release; all members are 0 if the option was not given, and
 * after an error */
enum error options_read_elf(const struct options *options, struct hv_elf *hv) MUST_CHECK;

#endif
