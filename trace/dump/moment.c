/* Reads and writes the lines about trigger moments in a PHASES chunk. */
#include "trace/dump/moment.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char line_prefix[] = "trigger ";

enum error moments_add(struct moments *moments, const struct moment *moment)
{
	for (unsigned i = 0; i < moments->count; i++) {
		const struct moment *known = &moments->moment[i];

		if (known->hart == moment->hart && known->sequence == moment->sequence &&
		    known->mtime == moment->mtime && strcmp(known->text, moment->text) == 0)
			return ERROR_NONE;
	}
	if (moments->count == MOMENTS_MOST)
		return error_set(ERROR_DATA, "there are more than %d triggers", MOMENTS_MOST);
	moments->moment[moments->count++] = *moment;
	return ERROR_NONE;
}

/** Reads a decimal number and the blank after it. @return false if they are not there */
static bool take_number(const char **at, const char *end, uint64_t *number)
{
	const char *begin = *at;

	*number = 0;
	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
		unsigned digit = (unsigned)(**at - '0');

		if (*number > (UINT64_MAX - digit) / 10)
			return false;
		*number = 10 * *number + digit;
	}
	if (*at == begin || *at == end || **at != ' ')
		return false;
	(*at)++;
	return true;
}

static bool is_printable(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

/** Reads a line, from which the prefix is already removed, and adds its moment. */
static enum error take_line(struct moments *moments, const char *at, const char *end)
{
	struct moment moment = { 0 };
	uint64_t hart = 0;

	if (!take_number(&at, end, &moment.mtime) || !take_number(&at, end, &hart) || hart > UINT32_MAX ||
	    !take_number(&at, end, &moment.sequence) || !take_number(&at, end, &moment.cycles))
		return error_set(ERROR_DATA, "a trigger needs MTIME HART SEQUENCE CYCLES TEXT");

	size_t length = (size_t)(end - at);

	if (length == 0 || length >= MOMENT_TEXT_BYTES || !is_printable(at, length))
		return error_set(ERROR_DATA, "the text of a trigger must have 1 to %d printable ASCII characters",
				 MOMENT_TEXT_BYTES - 1);
	memcpy(moment.text, at, length);
	moment.hart = (uint32_t)hart;
	return moments_add(moments, &moment);
}

enum error moments_take_text(struct moments *moments, const char *text, size_t bytes)
{
	const char *end = text + bytes, *next;
	size_t prefix = sizeof(line_prefix) - 1;
	struct error_kept first = { 0 };

	for (const char *line = text; line < end; line = next) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *line_end = stop ? stop : end;

		next = stop ? stop + 1 : end;
		if ((size_t)(line_end - line) >= prefix && memcmp(line, line_prefix, prefix) == 0)
			error_keep(&first, take_line(moments, line + prefix, line_end));
	}
	return error_again(&first);
}

size_t moments_text(const struct moments *moments, char text[MOMENTS_TEXT_BYTES])
{
	size_t length = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < moments->count; i++) {
		const struct moment *moment = &moments->moment[i];

		length += (size_t)snprintf(text + length, MOMENTS_TEXT_BYTES - length,
					   "%s%" PRIu64 " %" PRIu32 " %" PRIu64 " %" PRIu64 " %s\n", line_prefix,
					   moment->mtime, moment->hart, moment->sequence, moment->cycles, moment->text);
	}
	return length;
}
