/* Makes the names that are not in the cache. A new name replaces the older one of the two names in its set. */
#include "trace/convert/name_cache.h"

#include "trace/convert/fields.h"

static const char *make_text(char *text, const struct timeline *timeline, struct name_key key)
{
	const char *config = timeline->machine.config;
	unsigned value = (unsigned)key.value;
	struct schema_field field = { .bits = 64 };

	switch (key.list) {
	case NAME_NONE:
		return "";
	case NAME_EVENT:
		return schema_event_name(timeline->schema, value % SCHEMA_EVENTS, text);
	case NAME_CAUSE:
		return names_cause(text, value);
	case NAME_DETAIL:
		return names_kind_detail(text, value);
	case NAME_WORLD:
		return names_world(value);
	case NAME_OUTCOME:
		return names_outcome(value);
	case NAME_MODULE:
		return names_module(text, config, value);
	case NAME_MODULE_EVENT:
		return names_module_event(text, config, (unsigned)(key.value >> 32), value);
	case NAME_COUNTER:
		return names_counter(text, value);
	case NAME_MARK:
		*put_decimal(PUT_LITERAL(text, "mark "), key.value) = '\0';
		return text;
	case NAME_SBI:
		return names_sbi(text, value, key.value >> 32);
	default:
		field.shown = (enum trace_field_type)(key.list - NAME_FIELD);
		return fields_text(text, config, &field, key.value);
	}
}

_Static_assert(SCHEMA_NAME_BYTES <= NAMES_BYTES, "the name of an event fits");

const struct name *name_cache_make(struct name_cache *cache, struct name_key key, struct name set[2])
{
	char room[NAMES_BYTES];
	const char *text = make_text(room, cache->timeline, key);

	cache->made++;
	set[1] = set[0];
	set[0].key = key;
	set[0].length = (unsigned)strlen(text);
	memcpy(set[0].text, text, set[0].length + 1);
	return &set[0];
}
