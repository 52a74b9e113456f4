/* Escapes names byte by byte. A character of several bytes is kept only if it is valid UTF-8: encoded in as few bytes
 * as possible, not a surrogate, and not above U+10FFFF. */
#include "trace/convert/escape.h"

#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789abcdef"

static bool is_continued(const unsigned char *text, size_t bytes)
{
	for (size_t i = 1; i < bytes; i++)
		if ((text[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t escape_utf8_length(const char *name)
{
	const unsigned char *text = (const unsigned char *)name;
	unsigned char first = text[0];

	if (first < 0x80)
		return first != 0;
	if (first >= 0xc2 && first < 0xe0) /* 0xc0 and 0xc1 would encode ASCII in two bytes */
		return is_continued(text, 2) ? 2 : 0;
	if (first >= 0xe0 && first < 0xf0 && is_continued(text, 3)) {
		bool too_long = first == 0xe0 && text[1] < 0xa0, surrogate = first == 0xed && text[1] >= 0xa0;
		return too_long || surrogate ? 0 : 3;
	}
	if (first >= 0xf0 && first < 0xf5 && is_continued(text, 4)) {
		bool too_long = first == 0xf0 && text[1] < 0x90, too_large = first == 0xf4 && text[1] >= 0x90;
		return too_long || too_large ? 0 : 4;
	}
	return 0;
}

/** Whether @p text begins with \xHH. */
static bool looks_escaped(const char *text)
{
	return text[0] == '\\' && text[1] == 'x' && text[2] && strchr(DIGITS, text[2]) && text[3] &&
	       strchr(DIGITS, text[3]);
}

static char *put_escaped(char *to, unsigned char byte)
{
	*to++ = '\\';
	*to++ = 'x';
	*to++ = DIGITS[byte >> 4];
	*to++ = DIGITS[byte & 15];
	return to;
}

size_t escape_name(char *to, const char *name)
{
	char *at = to;

	while (*name) {
		size_t bytes = escape_utf8_length(name);

		if (!bytes || looks_escaped(name)) {
			at = put_escaped(at, (unsigned char)*name++);
			continue;
		}
		memcpy(at, name, bytes);
		at += bytes;
		name += bytes;
	}
	*at = '\0';
	return (size_t)(at - to);
}

size_t escape_more(char *to, const char *text, const char *more)
{
	char *at = to;

	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte < ' ' || byte == 0x7f || strchr(more, *text))
			at = put_escaped(at, byte);
		else
			*at++ = *text;
	}
	*at = '\0';
	return (size_t)(at - to);
}

size_t escape_json(char *to, const char *text)
{
	char *at = to;

	for (; *text; text++) {
		if ((unsigned char)*text < ' ') {
			at += sprintf(at, "\\u%04x", (unsigned)*text);
			continue;
		}
		if (*text == '"' || *text == '\\')
			*at++ = '\\';
		*at++ = *text;
	}
	*at = '\0';
	return (size_t)(at - to);
}
