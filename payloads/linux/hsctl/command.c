/* Prints the messages of hsctl's subcommands, and converts their errors to exit codes. */
#include "payloads/linux/hsctl/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
