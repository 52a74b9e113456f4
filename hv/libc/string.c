/* The functions of <string.h> that hv and libfdt call. Plain loops: none of them is on the way of an exit. */
#include <stdint.h>
#include <string.h>

typedef uint32_t __attribute__((may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
	return memmove(to, from, length);
}

/* What libfdt moves about is aligned, and most of what this file does. */
static void *move_words(void *to, const void *from, size_t words)
{
	volatile word *target = to;
	const word *source = from;

	if ((size_t)(target - source) >= words)
		for (size_t i = 0; i < words; i++)
			target[i] = source[i];
	else
		while (words-- > 0)
			target[words] = source[words];
	return to;
}

void *memmove(void *to, const void *from, size_t length)
{
	volatile unsigned char *target = to;
	const unsigned char *source = from;

	if ((((uintptr_t)to | (uintptr_t)from | length) & 3) == 0)
		return move_words(to, from, length / 4);
	if ((size_t)((const unsigned char *)to - source) >= length)
		for (size_t i = 0; i < length; i++)
			target[i] = source[i];
	else
		while (length-- > 0)
			target[length] = source[length];
	return to;
}

void *memset(void *to, int byte, size_t length)
{
	volatile unsigned char *target = to;

	for (size_t i = 0; i < length; i++)
		target[i] = (unsigned char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t length)
{
	const unsigned char *left = a, *right = b;

	for (size_t i = 0; i < length; i++)
		if (left[i] != right[i])
			return left[i] - right[i];
	return 0;
}

void *memchr(const void *text, int byte, size_t length)
{
	const unsigned char *at = text;

	for (size_t i = 0; i < length; i++)
		if (at[i] == (unsigned char)byte)
			return (void *)(at + i);
	return NULL;
}

size_t strnlen(const char *text, size_t limit)
{
	size_t length = 0;

	while (length < limit && text[length])
		length++;
	return length;
}

size_t strlen(const char *text)
{
	return strnlen(text, (size_t)-1);
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}

char *strchr(const char *text, int character)
{
	return memchr(text, character, strlen(text) + 1);
}

char *strrchr(const char *text, int character)
{
	for (size_t i = strlen(text) + 1; i-- > 0;)
		if (text[i] == (char)character)
			return (char *)text + i;
	return NULL;
}
