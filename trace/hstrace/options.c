/* Contains the parsers for the options that several commands share, and functions that read the values of options.
 *
 * argp_error() prints a message and ends the program. So the code after a call of argp_error() runs only if the options
 * are correct. */
#include "trace/hstrace/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/dump/nearest.h"
#include "trace/dump/number.h"
#include "trace/hstrace/command.h"

enum { KEY_FROM = 0x1000, KEY_TO, KEY_HART, KEY_CAUSE, KEY_SYMBOLS, KEY_BY, KEY_ELF };

void options_hand_on(struct argp_state *state, struct options *options)
{
	for (unsigned i = 0; options->children[i].argp; i++)
		state->child_inputs[i] = options;
}

error_t options_alone(int key, char *argument, struct argp_state *state)
{
	(void)argument;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	options_hand_on(state, state->input);
	return 0;
}

uint64_t options_number(const char *text, struct argp_state *state)
{
	uint64_t value = 0;

	if (!number_read(text, &value))
		argp_error(state, "%s is not a number", text);
	return value;
}

/** Returns how many nanoseconds the unit @p suffix has; 0 if there is no such unit. */
static long double unit_of(const char *suffix)
{
	static const struct {
		const char *suffix;
		long double nanoseconds;
	} units[] = { { "", 1e9L }, { "s", 1e9L }, { "ms", 1e6L }, { "us", 1e3L }, { "ns", 1 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(suffix, units[i].suffix) == 0)
			return units[i].nanoseconds;
	return 0;
}

int64_t options_time(const char *option, const char *text, const struct argp_state *state)
{
	/* A long double can represent all times from 0 to OPTIONS_SECONDS exactly to the nanosecond. strtold() also
	 * accepts "inf", "nan" and hexadecimal numbers. They are not allowed, so the characters are checked, too. */
	char *end;
	long double number = strtold(text, &end);
	bool decimal = end != text && strspn(text, "0123456789.eE+-") >= (size_t)(end - text);
	long double nanoseconds = decimal ? number * unit_of(end) : -1;

	if (!decimal || unit_of(end) == 0)
		argp_error(state,
			   "%s=%s: not a time: it is a number of seconds, or one with a suffix: 1.5, 1500ms, 20us, 7ns",
			   option, text);
	if (!(nanoseconds >= 0 && nanoseconds <= OPTIONS_SECONDS * 1e9L))
		argp_error(state, "%s=%s: a time is from 0 to %d s", option, text, OPTIONS_SECONDS);
	return (int64_t)roundl(nanoseconds);
}

const char *options_exit_name(const char *option, const char *name, const struct argp_state *state)
{
	static char room[NAMES_BYTES];
	struct nearest search;
	char text[NEAREST_MESSAGE_BYTES];
	const char *present = names_exit_present(name, room);

	if (!present) {
		nearest_begin(&search, name);
		names_offer_exits(&search);
		argp_error(state, "%s=%s: no exit has this name%s", option, name, nearest_message(&search, text));
	} else if (present != name) {
		(void)command_complain(state->name, "%s=%s: it is called %s now", option, name, present);
	}
	return present;
}

enum error options_read_symbols(const struct options *options, struct symbols **symbols)
{
	*symbols = NULL;
	return options->symbol_paths ? symbols_read(symbols, options->symbol_paths) : ERROR_NONE;
}

enum error options_read_elf(const struct options *options, struct hv_elf *hv)
{
	*hv = (struct hv_elf){ 0 };
	return options->elf ? hv_elf_read(hv, options->elf) : ERROR_NONE;
}

/* ---- FILE... and --salvage ---- */

/** Adds a FILE from the command line. */
static void add_file(struct options *options, const char *path, struct argp_state *state)
{
	if (options->files == options->most && options->most == 1)
		argp_error(state, "only one FILE is allowed");
	if (options->files == options->most)
		argp_error(state, "at most %u FILEs", options->most);
	options->file[options->files++] = path;
}

/** Checks that the command line has enough FILEs. add_file() has already checked that it does not have too many. */
static void count_files(const struct options *options, struct argp_state *state)
{
	if (options->files >= options->least)
		return;
	if (options->least == 1)
		argp_error(state, "FILE is missing");
	argp_error(state, "%s%u FILEs are needed", options->most > options->least ? "at least " : "", options->least);
}

static error_t parse_dumps(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		if (!options->most)
			options->least = options->most = 1;
		options->timeline = TIMELINE_ALL;
		return 0;
	case 's':
		options->salvage = true;
		return 0;
	case ARGP_KEY_ARG:
		add_file(options, argument, state);
		return 0;
	case ARGP_KEY_END:
		count_files(options, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option dumps[] = {
	{ "salvage", 's', NULL, 0, "Continue after damage, with the chunks whose check sums are right", 0 },
	{ 0 },
};

const struct argp options_dumps = { .options = dumps, .parser = parse_dumps };

/* ---- --json ---- */

static error_t parse_json(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	(void)argument;
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	options->json = true;
	return 0;
}

static const struct argp_option json[] = {
	{ "json", 'j', NULL, 0, "Write the result to stdout as JSON", 0 },
	{ 0 },
};

const struct argp options_json = { .options = json, .parser = parse_json };

/* ---- -o OUT ---- */

/** Finds the status of an input file. The path "-" stands for stdin. @return whether the file exists */
static bool find_file(const char *path, struct stat *status)
{
	return (strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, status) : stat(path, status)) == 0;
}

/** Returns whether the input @p read and the output @p written are the same regular file. */
static bool same_file(const char *read, const char *written)
{
	struct stat a, b;
	bool found =
		find_file(read, &a) && (strcmp(written, "-") == 0 ? fstat(STDOUT_FILENO, &b) : stat(written, &b)) == 0;

	return found && S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/** Returns whether the output @p path is one of the files in @p list. The list is the argument of --symbols, in the
 * form FILE[@ADDRESS],... */
static bool is_listed(const char *list, const char *path)
{
	char *copy = list ? strdup(list) : NULL, *rest = copy;
	bool found = false;

	for (char *piece = NULL; !found && (piece = strsep(&rest, ","));) {
		char *address = strrchr(piece, '@');

		if (address && number_read(address + 1, &(uint64_t){ 0 }))
			*address = '\0';
		found = same_file(piece, path);
	}
	free(copy);
	return found;
}

/** Returns whether OUT is also an input. */
static bool is_read(const struct options *options)
{
	bool read = (options->elf && same_file(options->elf, options->out)) ||
		    (options->config && same_file(options->config, options->out)) ||
		    (options->with && same_file(options->with, options->out)) ||
		    is_listed(options->symbol_paths, options->out);

	for (unsigned i = 0; i < options->files; i++)
		read = read || same_file(options->file[i], options->out);
	return read;
}

static error_t parse_output(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	if (key == 'o')
		options->out = argument;
	else if (key == ARGP_KEY_END && !options->out)
		argp_error(state, "-o OUT is missing");
	/* OUT is checked at the end, because inputs may come after -o on the command line. */
	if (key == ARGP_KEY_END && is_read(options))
		argp_error(state, "%s: is an input and would be overwritten", options->out);
	return key == 'o' || key == ARGP_KEY_END ? 0 : ARGP_ERR_UNKNOWN;
}

static const struct argp_option output[] = {
	{ "output", 'o', "OUT", 0,
	  "The file to write; - for stdout. It is compressed if its name ends with .gz or .zst", 0 },
	{ 0 },
};

const struct argp options_output = { .options = output, .parser = parse_output };

/* ---- --hart, --from, --to and --cause ---- */

/** Reads the argument of --hart. Does not check that the dump has this hart, because the dump has not been read yet. */
static int read_hart(const char *text, struct argp_state *state)
{
	uint64_t hart = 0;

	if (!number_read(text, &hart) || hart >= DUMP_HARTS)
		argp_error(state, "--hart=%s: not the index of a hart", text);
	return (int)hart;
}

static error_t parse_records(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_FROM:
		options->timeline.from_ns = options_time("--from", argument, state);
		return 0;
	case KEY_TO:
		options->timeline.to_ns = options_time("--to", argument, state);
		return 0;
	case KEY_HART:
		options->timeline.hart = read_hart(argument, state);
		return 0;
	case KEY_CAUSE:
		options->cause = options_exit_name("--cause", argument, state);
		return 0;
	case ARGP_KEY_END:
		if (options->timeline.from_ns >= options->timeline.to_ns)
			argp_error(state, "--from is not before --to");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option records[] = {
	{ "from", KEY_FROM, "TIME", 0,
	  "Only what happens at or after this mtime: seconds, or a number with a suffix (ns, us, ms, s)", 0 },
	{ "to", KEY_TO, "TIME", 0, "Only what happens before this mtime, in the same notation", 0 },
	{ "hart", KEY_HART, "INDEX", 0, "Only this hart", 0 },
	{ "cause", KEY_CAUSE, "NAME", 0,
	  "Leave out all exits except those with this cause or detail: load_address_misaligned, 'csr mscratch', mscratch, "
	  "set_timer, ...",
	  0 },
	{ 0 },
};

const struct argp options_records = { .options = records, .parser = parse_records };

/* ---- --symbols ---- */

/** Joins two lists of paths with a comma. Does not free @p first, because it may be part of argv.
 * @return the joined list; NULL if memory ran out */
static const char *join_paths(const char *first, const char *second)
{
	size_t bytes = (first ? strlen(first) + 1 : 0) + strlen(second) + 1;
	char *both = first ? malloc(bytes) : NULL;

	if (!first)
		return second;
	if (both)
		(void)snprintf(both, bytes, "%s,%s", first, second);
	return both;
}

static error_t parse_symbols(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	if (key != KEY_SYMBOLS)
		return ARGP_ERR_UNKNOWN;
	options->symbol_paths = join_paths(options->symbol_paths, argument);
	if (!options->symbol_paths)
		argp_failure(state, COMMAND_BAD, 0, "no memory");
	return 0;
}

static const struct argp_option symbols[] = {
	{ "symbols", KEY_SYMBOLS, "FILE[@ADDRESS],...", 0,
	  "Take names of functions from these files: ELF (loaded at ADDRESS), System.map, or a copy of /proc/kallsyms; "
	  "may be repeated",
	  0 },
	{ 0 },
};

const struct argp options_symbols = { .options = symbols, .parser = parse_symbols };

/* ---- --by ---- */

static error_t parse_rows(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_BY:
		if (!statistics_key_read(argument, &options->by))
			argp_error(state, "--by=%s: must be cause, hart, module or function", argument);
		return 0;
	case ARGP_KEY_END:
		if (options->by == STATISTICS_FUNCTION && !options->symbol_paths)
			argp_error(state, "--by=function needs --symbols");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option rows[] = {
	{ "by", KEY_BY, "KEY", 0,
	  "Print a line for each cause (default), hart, module, or interrupted function (with --symbols)", 0 },
	{ 0 },
};

const struct argp options_rows = { .options = rows, .parser = parse_rows };

/* ---- --elf ---- */

static error_t parse_elf(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	if (key != KEY_ELF)
		return ARGP_ERR_UNKNOWN;
	options->elf = argument;
	return 0;
}

static const struct argp_option elf[] = {
	{ "elf", KEY_ELF, "FILE", 0,
	  "hv's ELF file, for the names of modules and their events if the dump lacks hv's configuration", 0 },
	{ 0 },
};

const struct argp options_elf = { .options = elf, .parser = parse_elf };
