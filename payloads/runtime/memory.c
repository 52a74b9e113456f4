/* memset and memcpy, which the compiler may call without being asked to. The attribute keeps the compiler from
 * replacing the loops by calls of these same functions. */
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
