/* hsctl shows the counters and records the trace of the hartscope monitor under which this Linux runs. It uses
 * /dev/hartscope. This file finds the subcommand and calls it. Each subcommand parses its own options. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "payloads/linux/hsctl/command.h"
#include "trace/dump/nearest.h"

static const struct command {
	const char *name, *summary;
	command_function *function;
} commands[] = {
	{ "stat", "shows the monitor, and each hart's exits, cycles and slots", command_stat },
	{ "record", "writes the trace to a file, while a command runs or until stopped", command_record },
	{ "send", "prints a recording as text, for a board behind a serial line", command_send },
	{ "mark", "writes a mark into the trace", command_mark },
	{ "top", "shows exits and cycles per second, and refreshes them", command_top },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	(void)fprintf(out,
		      "Usage: hsctl COMMAND [OPTION...]\n"
		      "Shows the counters and records the trace of the hartscope monitor, through /dev/hartscope.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		(void)fprintf(out, "  %-7s %s\n", commands[i].name, commands[i].summary);
	(void)fprintf(
		out,
		"\n`hsctl COMMAND --help` shows the options and an example.\n"
		"Exit code: 0 success, 1 failure, 2 wrong usage; `record -- COMMAND` ends with COMMAND's exit code.\n");
}

/** Prints that there is no command @p name, and suggests the command that the user probably meant. */
static void complain_of_command(const char *name)
{
	struct nearest search;
	char text[NEAREST_MESSAGE_BYTES];

	nearest_begin(&search, name);
	for (size_t i = 0; i < COMMANDS; i++)
		nearest_offer(&search, commands[i].name);
	complain("%s: there is no such command%s", name, nearest_message(&search, text));
}

int main(int argc, char **argv)
{
	static char name[32];

	argp_err_exit_status = COMMAND_USAGE;
	if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
		print_help(stdout);
		return COMMAND_GOOD;
	}
	for (size_t i = 0; argc >= 2 && i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			(void)snprintf(name, sizeof(name), "hsctl %s", commands[i].name);
			argv[1] = name;
			return commands[i].function(argc - 1, argv + 1);
		}
	if (argc >= 2)
		complain_of_command(argv[1]);
	print_help(stderr);
	return COMMAND_USAGE;
}
