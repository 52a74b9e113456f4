/* Error messages. Each thread has one buffer for its message, just as it has one errno. The function that fails sets
 * the message, and the function that shows the error reads it. Between these two moments, call no other function that
 * can fail, because it might replace the message. */
#include "trace/error/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char message[ERROR_MESSAGE_BYTES];

/* One of the arguments may be the present message, as in error_about(). So the new text is first built in a second
 * buffer, which does not overlap the present message. */
enum error error_set(enum error error, const char *format, ...)
{
	char text[ERROR_MESSAGE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	memcpy(message, text, sizeof(text));
	return error;
}

enum error error_no_memory(void)
{
	return error_set(ERROR_MEMORY, "no memory");
}

enum error error_about(enum error error, const char *format, ...)
{
	char text[ERROR_MESSAGE_BYTES];
	va_list arguments;

	if (error == ERROR_NONE)
		return ERROR_NONE;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return error_set(error, "%s: %s", text, message);
}

const char *error_message(void)
{
	return message;
}

void error_keep(struct error_kept *kept, enum error error)
{
	if (kept->error != ERROR_NONE || error == ERROR_NONE)
		return;
	kept->error = error;
	memcpy(kept->message, message, sizeof(message));
}

enum error error_again(const struct error_kept *kept)
{
	return kept->error == ERROR_NONE ? ERROR_NONE : error_set(kept->error, "%s", kept->message);
}
