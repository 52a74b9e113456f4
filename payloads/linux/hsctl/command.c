/* See command.h. */
#include "payloads/linux/hsctl/command.h"

#include <stdarg.h>
#include <stdio.h>

bool complain(const char *format, ...)
{
	va_list arguments;

	(void)fflush(stdout);
	(void)fputs("hsctl: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	return false;
}
