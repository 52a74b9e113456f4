/* Parses the arguments of hsctl's subcommands, prints their messages, and converts their errors to exit codes. */
#include "payloads/linux/hsctl/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void command_parse(const struct argp *parser, unsigned int flags, int argc, char **argv, void *chosen)
{
	if (argp_parse(parser, argc, argv, flags, NULL, chosen) != 0) /* argp_parse() exits on wrong arguments */
		exit(command_end(error_no_memory()));
}

void complain(const char *format, ...)
{
	va_list arguments;

	(void)fflush(stdout);
	(void)fputs("hsctl: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
}

enum error command_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return ERROR_NONE;
	return error_set(ERROR_SYSTEM, "stdout: cannot write: %s", strerror(errno));
}

int command_end(enum error error)
{
	if (error == ERROR_NONE)
		return COMMAND_GOOD;
	complain("%s", error_message());
	return COMMAND_FAILED;
}
