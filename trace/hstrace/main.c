/* hstrace: reads, checks and converts traces of hartscope. `hstrace COMMAND --help` explains each command. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "abi/hartscope.h"
#include "trace/dump/nearest.h"
#include "trace/format/dump.h"
#include "trace/hstrace/command.h"

static const struct command {
	const char *name, *summary;
	command_function *function;
} commands[] = {
	{ "check", "check a dump for errors, and its exits against latency budgets", command_check },
	{ "extract", "extract from a log a dump that hv printed on its console", command_extract },
	{ "info", "show what a dump holds: machine, harts, slots, losses, events", command_info },
	{ "live", "record a guest from its memory while it runs", command_live },
	{ "convert", "convert a dump to a Perfetto trace, JSON or CSV", command_convert },
	{ "stat", "show what exits cost: counts, times and percentiles by cause, hart, module or function",
	  command_stat },
	{ "merge", "merge several dumps into one", command_merge },
	{ "diff", "compare what exits cost in two runs", command_diff },
};

#define STACK_BYTES (512u << 10) /* check needs the most: 360 KiB */
#define PAGE_BYTES 4096

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	(void)fprintf(out, "Usage: hstrace COMMAND [OPTION...]\nReads, checks and converts traces of hartscope.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		(void)fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
	(void)fprintf(
		out,
		"\n`hstrace COMMAND --help` prints options and an example; `hstrace --version` prints which dumps it "
		"reads.\n"
		"FILE may be - for a pipe.\n"
		"Exit code: 0 success; 1 wrong data, a failed check or a file error; 2 wrong usage.\n"
		"Example: hstrace info trace.hst\n");
}

/** Prints the versions of the dump format and of hv's ABI that this tool can read. So users can see whether the tool
 * fits their dumps and their hv. */
static void print_version(void)
{
	printf("hstrace of hartscope: dump version %d, ABI version %d\n", DUMP_VERSION, HARTSCOPE_ABI_VERSION);
}

/** Reports that there is no command @p name, and suggests the most similar one. */
static void complain_of_command(const char *name)
{
	struct nearest search;
	char text[NEAREST_MESSAGE_BYTES];

	nearest_begin(&search, name);
	for (size_t i = 0; i < COMMANDS; i++)
		nearest_offer(&search, commands[i].name);
	(void)command_complain("hstrace", "%s: there is no such command%s", name, nearest_message(&search, text));
}

/** Runs a subcommand. argv[0] becomes the name of the subcommand, because the messages of argp and of
 * command_complain() begin with argv[0]. */
static int run(const struct command *command, int argc, char **argv)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "hstrace %s", command->name);
	argv[0] = name;
	command_prepare();
	return command->function(argc, argv);
}

/** Changes to the folder in which the user typed `bazel run`. Bazel starts programs in another folder, but users write
 * paths on the command line relative to the folder in which they are. */
static enum error go_where_the_user_is(void)
{
	const char *folder = getenv("BUILD_WORKING_DIRECTORY");

	if (!folder || chdir(folder) == 0)
		return ERROR_NONE;
	return error_set(ERROR_SYSTEM, "BUILD_WORKING_DIRECTORY is not a folder");
}

/** Uses as much of the stack as any command needs, so that Linux gives the memory to the process now. Otherwise a process that
 * has run out of memory could not even enter the function that prints the message. */
static __attribute__((noinline)) void reserve_stack(void)
{
	volatile char stack[STACK_BYTES];

	for (size_t at = 0; at < sizeof(stack); at += PAGE_BYTES)
		stack[at] = 0;
}

/** Whether the stack may grow to twice of what reserve_stack() uses. Below that limit (ulimit -s), most commands still run. */
static bool stack_is_large(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur >= 2 * STACK_BYTES;
}

int main(int argc, char **argv)
{
	if (stack_is_large())
		reserve_stack();
	if (go_where_the_user_is() != ERROR_NONE)
		return command_complain("hstrace", "%s", error_message());
	if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
		print_help(stdout);
		return command_flush("hstrace");
	}
	if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
		print_version();
		return command_flush("hstrace");
	}
	for (size_t i = 0; argc >= 2 && i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run(&commands[i], argc - 1, argv + 1);
	if (argc >= 2)
		complain_of_command(argv[1]);
	print_help(stderr);
	return COMMAND_USAGE;
}
