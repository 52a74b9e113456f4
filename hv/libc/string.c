/* The functions of <string.h> that hv calls, or for which the compiler generates calls. They are plain loops, because
 * exits do not call them and speed does not matter. The volatile pointers keep the compiler from replacing such a loop
 * by a call of the same function. */
#include <stdint.h>
#include <string.h>

typedef uint32_t __attribute__((may_alias)) word;
typedef uint64_t __attribute__((may_alias)) doubleword;

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
	return memmove(to, from, length);
}

/* Moves whole words. Parts of a device tree are aligned and long, so this is faster than moving bytes. */
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
	volatile doubleword *words = to;
	size_t done = 0;

	if (byte == 0 && (uintptr_t)to % sizeof(*words) == 0) /* this is true for most calls */
		for (; length - done >= sizeof(*words); done += sizeof(*words))
			*words++ = 0;
	for (; done < length; done++)
		target[done] = (unsigned char)byte;
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

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}
