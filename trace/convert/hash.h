/* A hash function for names.
 * Used by hash tables of the converter and of the statistics. Must not know these tables. */
#ifndef TRACE_CONVERT_HASH_H
#define TRACE_CONVERT_HASH_H

#include <stdint.h>

/** 64-bit FNV-1a of a text, without its terminating 0 (draft-eastlake-fnv, section 2). Pure. */
static inline uint64_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3ull;
	return hash;
}

#endif
