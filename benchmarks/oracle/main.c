/* The program `compare`. It reads QEMU's log from stdin, and checks whether a dump contains exactly the exits in the
 * log. The exit code is 0 if log and dump agree, 1 if they differ or cannot be read, and 2 if the command line is
 * wrong. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "trace/dump/number.h"
#include "benchmarks/oracle/report.h"

#define DIFFERENCES_SHOWN 5

struct options {
	const char *dump;
	uint64_t text_start, text_end;
	unsigned differences;
};

static const struct argp_option options[] = {
	{ "text", 't', "START:END", 0, "Addresses of hv's code", 0 },
	{ "differences", 'd', "N", 0, "Show the first N differences of each hart (default 5)", 0 },
	{ 0 },
};

/** Parses START:END. @return whether @p argument has this form */
static bool read_range(char *argument, uint64_t *start, uint64_t *end)
{
	char *colon = strchr(argument, ':');

	if (!colon)
		return false;
	*colon = '\0';
	bool good = number_read(argument, start) && number_read(colon + 1, end);
	*colon = ':';
	return good;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *chosen = state->input;
	uint64_t number;

	switch (key) {
	case 't':
		if (!read_range(argument, &chosen->text_start, &chosen->text_end))
			argp_error(state, "--text=%s: give two addresses, START:END", argument);
		return 0;
	case 'd':
		if (!number_read(argument, &number) || number > UINT_MAX)
			argp_error(state, "--differences=%s: give a number", argument);
		chosen->differences = (unsigned)number;
		return 0;
	case ARGP_KEY_ARG:
		if (chosen->dump)
			argp_error(state, "give only one DUMP");
		chosen->dump = argument;
		return 0;
	case ARGP_KEY_END:
		if (!chosen->dump || !chosen->text_end)
			argp_error(state, "DUMP or --text is missing");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = options,
	.parser = parse,
	.args_doc = "DUMP < LOG",
	.doc = "Compares the exits of a dump with QEMU's log of traps (-d int,plugin with monitor_log.so), which it "
	       "reads from stdin. The dump is opened when the log has ended.\v"
	       "Example: compare --text=0x80000000:0x80007e24 trace.hst < qemu.log",
};

/* Reads the log from stdin. Reads the log to its end even after an error, because otherwise QEMU would block on a full
 * pipe. */
static enum error read_log(struct expected *expected)
{
	struct error_kept failure = { 0 };
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0)
		if (failure.error == ERROR_NONE)
			error_keep(&failure, error_about(expected_add(expected, line), "the log: %.*s",
							 (int)strcspn(line, "\n"), line));
	free(line);
	if (failure.error == ERROR_NONE && !feof(stdin))
		error_keep(&failure, error_set(ERROR_SYSTEM, "the log cannot be read: %s", strerror(errno)));
	if (failure.error == ERROR_NONE && expected->lines == 0)
		error_keep(&failure, error_set(ERROR_DATA, "the log is empty"));
	return error_again(&failure);
}

/* Compares the log on stdin with the dump. @param same is set to true if both contain the same exits, and otherwise to
 * false */
static enum error compare(const struct options *chosen, struct expected *expected, struct recorded *recorded,
			  bool *same)
{
	RETURN_IF_ERROR(read_log(expected));
	RETURN_IF_ERROR(recorded_read(recorded, chosen->dump));
	*same = report_write(stdout, expected, recorded, chosen->differences);
	return ERROR_NONE;
}

int main(int argc, char **argv)
{
	static struct expected expected;
	struct recorded recorded = { 0 };
	bool same = false;
	struct options chosen = { .differences = DIFFERENCES_SHOWN };

	argp_err_exit_status = 2;
	if (argp_parse(&parser, argc, argv, 0, NULL, &chosen) != 0)
		return 2;
	expected.text_start = chosen.text_start;
	expected.text_end = chosen.text_end;

	enum error error = compare(&chosen, &expected, &recorded, &same);

	if (error != ERROR_NONE)
		(void)fprintf(stderr, "compare: %s\n", error_message());
	recorded_release(&recorded);
	expected_release(&expected);
	return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
