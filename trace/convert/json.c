/* A recursive descent parser that only checks the grammar. Each skip function expects one element of the grammar at a
 * position in the text. It returns the position after this element, or NULL if the element is not there. */
#include "trace/convert/json.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define DEPTH_MOST 64

static const char *skip_value(const char *at, unsigned depth);

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

static const char *skip_digits(const char *at)
{
	size_t length = strspn(at, "0123456789");
	return length ? at + length : NULL;
}

static const char *skip_string(const char *at)
{
	if (*at++ != '"')
		return NULL;
	for (; *at != '"'; at++) {
		if ((unsigned char)*at < ' ')
			return NULL;
		if (*at != '\\')
			continue;
		at++;
		if (*at == 'u' && strspn(at + 1, "0123456789abcdefABCDEF") < 4)
			return NULL;
		if (!*at || !strchr("\"\\/bfnrtu", *at))
			return NULL;
	}
	return at + 1;
}

static const char *skip_number(const char *at)
{
	at += *at == '-';
	at = *at == '0' ? at + 1 : skip_digits(at);
	if (at && *at == '.')
		at = skip_digits(at + 1);
	if (at && (*at == 'e' || *at == 'E')) {
		at++;
		at = skip_digits(at + (*at == '+' || *at == '-'));
	}
	return at;
}

static const char *skip_word(const char *at)
{
	static const char *const words[] = { "true", "false", "null" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(at, words[i], strlen(words[i])) == 0)
			return at + strlen(words[i]);
	return NULL;
}

static const char *skip_name(const char *at)
{
	at = skip_string(skip_blanks(at));
	at = at ? skip_blanks(at) : NULL;
	return at && *at == ':' ? at + 1 : NULL;
}

/** Skips the rest of an object or array. @p at is the position after the opening bracket, and @p end is the closing
 * bracket to look for. */
static const char *skip_list(const char *at, char end, unsigned depth)
{
	at = skip_blanks(at);
	if (depth > DEPTH_MOST)
		return NULL;
	if (*at == end)
		return at + 1;
	while (at) {
		if (end == '}')
			at = skip_name(at);
		at = at ? skip_value(at, depth) : NULL;
		if (!at || *at == end)
			break;
		at = *at == ',' ? at + 1 : NULL;
	}
	return at ? at + 1 : NULL;
}

/** Skips a value and the blanks around it. */
static const char *skip_value(const char *at, unsigned depth)
{
	at = skip_blanks(at);
	if (*at == '{')
		at = skip_list(at + 1, '}', depth + 1);
	else if (*at == '[')
		at = skip_list(at + 1, ']', depth + 1);
	else if (*at == '"')
		at = skip_string(at);
	else if (isalpha((unsigned char)*at))
		at = skip_word(at);
	else
		at = skip_number(at);
	return at ? skip_blanks(at) : NULL;
}

bool json_is_value(const char *text)
{
	const char *end = skip_value(text, 0);
	return end && !*end;
}
