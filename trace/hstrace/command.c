/* See command.h. */
#include "trace/hstrace/command.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

void command_prepare(void)
{
	argp_err_exit_status = COMMAND_USAGE;
	/* A file that is opened must not become one of the standard three, into which messages go. */
	for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++)
		if (fcntl(descriptor, F_GETFD) < 0)
			(void)open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY);
}

int command_complain(const char *command, const char *format, ...)
{
	va_list arguments;

	(void)fflush(stdout);
	(void)fprintf(stderr, "%s: ", command);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	return COMMAND_BAD;
}

void command_json_string(FILE *out, const char *text, size_t bytes)
{
	(void)fputc('"', out);
	for (size_t i = 0; i < bytes; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte == '"' || byte == '\\')
			(void)fprintf(out, "\\%c", byte);
		else if (byte < ' ' || byte > '~')
			(void)fprintf(out, "\\u%04x", byte);
		else
			(void)fputc(byte, out);
	}
	(void)fputc('"', out);
}

int command_flush(const char *command)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return COMMAND_GOOD;
	return command_complain(command, "stdout: cannot write: %s", strerror(errno));
}
