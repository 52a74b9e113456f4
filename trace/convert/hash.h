/* A hash of names.
 * Called by what looks names up while it converts or counts. Must not know of their tables. */
#ifndef TRACE_CONVERT_HASH_H
#define TRACE_CONVERT_HASH_H

#include <stdint.h>

/** FNV-1a, 64 bits, of a text without its end. Source: draft-eastlake-fnv, section 2. Pure. */
static inline uint64_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3ull;
	return hash;
}

#endif
