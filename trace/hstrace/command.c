/* The functions that all subcommands of hstrace use to communicate with the user: they write messages to stderr and
 * JSON strings to stdout, and choose the exit code. */
#include "trace/hstrace/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "trace/convert/escape.h"

void command_prepare(void)
{
	argp_err_exit_status = COMMAND_USAGE;
	/* If the caller has closed one of the three standard descriptors, the next file that is opened would get the
	 * number of this descriptor, and messages would be written into that file. */
	for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++)
		if (fcntl(descriptor, F_GETFD) < 0)
			(void)open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY);
}

enum error command_parse(const struct argp *parser, int argc, char **argv, void *chosen)
{
	/* argp itself reports wrong arguments and ends the program. So an error here means that memory ran out. */
	return argp_parse(parser, argc, argv, 0, NULL, chosen) == 0 ? ERROR_NONE : error_no_memory();
}

int command_complain(const char *command, const char *format, ...)
{
	va_list arguments;

	/* If stdout and stderr are the same file, the message must come after the earlier output to stdout. */
	(void)fflush(stdout);
	(void)fprintf(stderr, "%s: ", command);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	return COMMAND_BAD;
}

/** Returns the length in bytes of the UTF-8 character at the start of @p text. The text has @p bytes bytes. Returns 0
 * if it does not begin with a valid character. */
static size_t character_length(const char *text, size_t bytes)
{
	char first[5] = ""; /* a copy that ends with a 0, because @p text need not end with one */

	memcpy(first, text, bytes < 4 ? bytes : 4);
	return escape_utf8_length(first);
}

void command_json_string(FILE *out, const char *text, size_t bytes)
{
	(void)fputc('"', out);
	for (size_t i = 0, length; i < bytes; i += length ? length : 1) {
		unsigned char byte = (unsigned char)text[i];

		length = character_length(text + i, bytes - i);
		if (byte < ' ' || byte == 0x7f)
			(void)fprintf(out, "\\u%04x", byte);
		else if (!length)
			(void)fprintf(out, "\\\\x%02x", byte);
		else if (byte == '"' || byte == '\\')
			(void)fprintf(out, "\\%c", byte);
		else
			(void)fwrite(text + i, length, 1, out);
	}
	(void)fputc('"', out);
}

int command_flush(const char *command)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return COMMAND_GOOD;
	return command_complain(command, "stdout: cannot write: %s", strerror(errno));
}

int command_end(const char *command, enum error error)
{
	int result = error == ERROR_NONE ? COMMAND_GOOD : command_complain(command, "%s", error_message());

	return command_flush(command) == COMMAND_GOOD ? result : COMMAND_BAD;
}
