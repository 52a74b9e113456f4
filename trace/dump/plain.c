/* Recovers plain text from a log. Some sequences of characters stand for one other character, such as "&lt;" for "<".
 * Others stand for no character, such as those that set a terminal's colour. A character that may start a sequence is
 * held back, together with the characters after it, until the sequence is complete or turns out to be plain text. The
 * character that a sequence stands for may itself start another sequence, as in "&amp;lt;". So that character is held
 * back, too. */
#include "trace/dump/plain.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ESCAPE '\x1b'
#define BELL '\a'
#define ENTITY_BYTES 12         /* no entity in the list below is longer than this */
#define HOLDABLE "\x1b&\\%"     /* each sequence begins with one of these characters */
#define PERCENT_ENCODED "<>:+/" /* characters of a frame that programs encode in URLs */

/** The result of examining the text that is held back. */
enum verdict {
	UNDECIDED, /* it may become a sequence */
	TEXT,      /* its first character is plain text */
	NOTHING,   /* it is a sequence that stands for no character */
	CHARACTER  /* it is a sequence that stands for a character */
};

static const struct entity {
	const char *name;
	char character;
} entities[] = {
	{ "lt", '<' },   { "gt", '>' },  { "amp", '&' },   { "quot", '"' }, { "apos", '\'' },
	{ "plus", '+' }, { "sol", '/' }, { "colon", ':' }, { "nbsp", ' ' },
};

/** Decides whether text that begins with the escape character is a sequence for a terminal (ECMA-48). */
static enum verdict judge_terminal(const char *text, size_t bytes)
{
	char last = text[bytes - 1];

	if (bytes == 1)
		return UNDECIDED;
	if (text[1] == '[') {
		if (bytes == 2)
			return UNDECIDED;
		return last >= '@' && last <= '~' ? NOTHING : last >= ' ' && last < '@' ? UNDECIDED : TEXT;
	}
	if (text[1] == ']') {
		bool ended = last == BELL || (bytes > 3 && text[bytes - 2] == ESCAPE && last == '\\');

		return ended ? NOTHING : UNDECIDED;
	}
	return last >= ' ' && last < '0' ? UNDECIDED : last >= '0' && last <= '~' ? NOTHING : TEXT;
}

/** Converts @p digits to the character with this code. @return whether they are the code of an ASCII character, from 1
 * to 127 */
static bool read_number(const char *digits, int base, char *character)
{
	char *end;
	unsigned long value = strtoul(digits, &end, base);

	*character = (char)value;
	return end != digits && !*end && value > 0 && value < 0x80;
}

/** Decides whether text that begins with '&' is an entity of HTML. */
static enum verdict judge_entity(const char *text, size_t bytes, char *character)
{
	char name[ENTITY_BYTES], last = text[bytes - 1];
	bool hexadecimal, in_name = last == '#' || isalnum((unsigned char)last);

	if (bytes == 1)
		return UNDECIDED;
	if (last != ';')
		return in_name && bytes < ENTITY_BYTES ? UNDECIDED : TEXT;
	memcpy(name, text + 1, bytes - 2);
	name[bytes - 2] = '\0';
	hexadecimal = name[0] == '#' && (name[1] == 'x' || name[1] == 'X');
	if (name[0] == '#')
		return read_number(name + 1 + hexadecimal, hexadecimal ? 16 : 10, character) ? CHARACTER : TEXT;
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (strcmp(name, entities[i].name) == 0) {
			*character = entities[i].character;
			return CHARACTER;
		}
	return TEXT;
}

/** Decides whether the text is a sequence that ends in hexadecimal digits, which are the code of a character. The
 * sequence consists of @p prefix characters, which the caller has already checked, and then @p digits digits. */
static enum verdict judge_hexadecimal(const char *text, size_t bytes, size_t prefix, size_t digits, char *character)
{
	char number[8] = "";

	if (bytes > prefix && !strchr("0123456789abcdefABCDEF", text[bytes - 1]))
		return TEXT;
	if (bytes < prefix + digits)
		return UNDECIDED;
	memcpy(number, text + prefix, digits);
	return read_number(number, 16, character) ? CHARACTER : TEXT;
}

/** Decides whether text that begins with a backslash is an escape sequence of JSON, \/ or \uXXXX. */
static enum verdict judge_backslash(const char *text, size_t bytes, char *character)
{
	*character = '/';
	if (bytes == 1)
		return UNDECIDED;
	if (bytes == 2 && text[1] == '/')
		return CHARACTER;
	return text[1] == 'u' ? judge_hexadecimal(text, bytes, 2, 4, character) : TEXT;
}

/** Decides whether text that begins with '%' is an encoded character of a URL. Characters that never occur in a frame
 * stay encoded, because other programs also print '%' and digits. */
static enum verdict judge_percent(const char *text, size_t bytes, char *character)
{
	enum verdict verdict = judge_hexadecimal(text, bytes, 1, 2, character);

	return verdict == CHARACTER && !strchr(PERCENT_ENCODED, *character) ? TEXT : verdict;
}

static enum verdict judge(const struct plain *plain, char *character)
{
	switch (plain->text[0]) {
	case ESCAPE:
		return judge_terminal(plain->text, plain->held);
	case '&':
		return judge_entity(plain->text, plain->held, character);
	case '\\':
		return judge_backslash(plain->text, plain->held, character);
	case '%':
		return judge_percent(plain->text, plain->held, character);
	default:
		return TEXT;
	}
}

/** Drops the first @p count characters that are held back. */
static void release(struct plain *plain, size_t count)
{
	plain->held -= count;
	memmove(plain->text, plain->text + count, plain->held);
	memmove(plain->places, plain->places + count, plain->held * sizeof(plain->places[0]));
}

/** Passes on the first character that is held back, because it does not start a sequence. */
static void give_first(struct plain *plain)
{
	char character = plain->text[0];
	uint64_t place = plain->places[0];

	release(plain, 1);
	plain->take(&character, 1, place, plain->context);
}

/** Passes on or replaces the characters that are held back. Stops when none is left, or when more characters are needed
 * to decide whether the first one starts a sequence. */
static void settle(struct plain *plain)
{
	while (plain->held) {
		char character = 0;
		size_t all = plain->held;
		enum verdict verdict;

		/* Find the shortest part of the text for which judge() can decide. The rest is examined in the next
		 * round. */
		for (plain->held = 1; (verdict = judge(plain, &character)) == UNDECIDED && plain->held < all;)
			plain->held++;

		size_t judged = plain->held;

		plain->held = all;
		if (verdict == UNDECIDED && all < PLAIN_HELD_BYTES)
			return;
		if (verdict == TEXT || verdict == UNDECIDED) {
			give_first(plain);
		} else if (verdict == NOTHING) {
			plain->colours++;
			release(plain, judged);
		} else {
			plain->characters++;
			plain->text[judged - 1] = character;
			plain->places[judged - 1] = plain->places[0];
			release(plain, judged - 1);
		}
	}
}

/** @return how many of the @p count bytes at @p bytes come before the first byte that may start a sequence or is
 * zero */
static size_t ordinary(const char *bytes, size_t count)
{
	static const bool special[256] = { ['\0'] = true, [ESCAPE] = true, ['&'] = true, ['\\'] = true, ['%'] = true };
	size_t length = 0;

	while (length < count && !special[(uint8_t)bytes[length]])
		length++;
	return length;
}

/** Handles a byte that may belong to a sequence. Zero bytes are left out, because in UTF-16 they stand between the
 * characters of a sequence. */
static void take_byte(struct plain *plain, char character)
{
	uint64_t place = plain->place++;

	if (character == 0) {
		plain->zeros++;
		return;
	}
	plain->text[plain->held] = character;
	plain->places[plain->held++] = place;
	settle(plain);
}

void plain_bytes(struct plain *plain, const char *bytes, size_t count)
{
	while (count) {
		size_t some = plain->held ? 0 : ordinary(bytes, count);

		if (some) {
			plain->take(bytes, some, plain->place, plain->context);
			plain->place += some;
		} else {
			some = 1;
			take_byte(plain, *bytes);
		}
		bytes += some;
		count -= some;
	}
}

void plain_end(struct plain *plain)
{
	while (plain->held) {
		give_first(plain);
		settle(plain);
	}
}
