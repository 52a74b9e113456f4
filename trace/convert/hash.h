/* A hash function for names.
 * The hash tables of the converter and of the statistics use it. Knows nothing of these tables. */
#ifndef TRACE_CONVERT_HASH_H
#define TRACE_CONVERT_HASH_H

#include <stdint.h>

/** Returns the 64-bit FNV-1a hash of a text (draft-eastlake-fnv, section 2). The hash does not include the text's
 * terminating 0. Pure. */
static inline uint64_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3ull;
	return hash;
}

#endif
