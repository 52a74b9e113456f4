/* Remembers the names that were written last. Most records have the same few names, and it takes much longer to make a
 * name than to copy it.
 * The conversions to JSON and CSV use it. Knows nothing of their formats. */
#ifndef TRACE_CONVERT_NAME_CACHE_H
#define TRACE_CONVERT_NAME_CACHE_H

#include <stdint.h>

#include "trace/convert/names.h"
#include "trace/convert/put.h"
#include "trace/convert/timeline.h"

/** What a number stands for, and thus how its name is made. */
enum name_list {
	NAME_NONE,         /* there is no name; the text is "" */
	NAME_EVENT,        /* the id of an event, plus SCHEMA_EVENTS if the dump's schema is known by now */
	NAME_CAUSE,        /* a cause of an exit or of an interrupt */
	NAME_DETAIL,       /* a kind of an exit; the name is its detail, which may be "" */
	NAME_WORLD,        /* a world */
	NAME_OUTCOME,      /* an outcome of an exit */
	NAME_MODULE,       /* a value of a field of type MODULE */
	NAME_MODULE_EVENT, /* such a value << 32, plus the event's place in the module's list */
	NAME_COUNTER,      /* the id of a counter */
	NAME_MARK,         /* the id of a mark */
	NAME_SBI,          /* an EID, plus FID << 32 */
	NAME_FIELD         /* NAME_FIELD + enum trace_field_type: the value of a field of form FIELDS_NAME */
};

/** A number that has a name. */
struct name_key {
	unsigned list; /* enum name_list */
	uint64_t value;
};

struct name {
	struct name_key key;
	unsigned length;
	char text[NAMES_BYTES];
};

#define NAME_CACHE_SETS 1024 /* a power of 2 */
#define NAME_COPY_BYTES 32   /* nearly all names are shorter */

/** A cache with two places for each set of names. Set it to zeros, and then set `timeline`. */
struct name_cache {
	const struct timeline *timeline;
	uint64_t made; /* how many names were not in the cache */
	struct name set[NAME_CACHE_SETS][2];
};

/** Makes the name of @p key, and puts it into the cache. */
const struct name *name_cache_make(struct name_cache *cache, struct name_key key, struct name set[2]);

/** Returns the name of a number. The name is valid until the next call of this function. */
static inline const struct name *name_cache_find(struct name_cache *cache, struct name_key key)
{
	/* The factors are odd numbers without a pattern; 0, the most frequent value, must not lead to the same set in each list. */
	uint64_t hash = (key.value ^ key.list * 0xc2b2ae3d27d4eb4full) * 0x9e3779b97f4a7c15ull;
	struct name *set = cache->set[hash >> 32 & (NAME_CACHE_SETS - 1)];

	for (unsigned i = 0; i < 2; i++)
		if (set[i].key.value == key.value && set[i].key.list == key.list)
			return &set[i];
	return name_cache_make(cache, key, set);
}

/** Writes a name. Needs room for NAMES_BYTES bytes. */
static inline char *name_put(char *at, const struct name *name)
{
	/* A copy of a fixed length takes a few instructions. */
	memcpy(at, name->text, NAME_COPY_BYTES);
	if (name->length > NAME_COPY_BYTES)
		memcpy(at + NAME_COPY_BYTES, name->text + NAME_COPY_BYTES, sizeof(name->text) - NAME_COPY_BYTES);
	return at + name->length;
}

#endif
