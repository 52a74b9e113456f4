/* Defines memset and memcpy, because the compiler may insert calls of them even if no source calls them. The attribute
 * on both functions prevents the compiler from recognising their loops and replacing them by calls of memset and
 * memcpy, which would recurse forever. */
#include <stddef.h>
#include <stdint.h>

void *memset(void *destination, int value, size_t length);
void *memcpy(void *destination, const void *source, size_t length);

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memset(void *destination, int value, size_t length)
{
	uint8_t *to = destination;
	for (size_t i = 0; i < length; i++)
		to[i] = (uint8_t)value;
	return destination;
}

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memcpy(void *destination, const void *source,
									   size_t length)
{
	uint8_t *to = destination;
	const uint8_t *from = source;
	for (size_t i = 0; i < length; i++)
		to[i] = from[i];
	return destination;
}
