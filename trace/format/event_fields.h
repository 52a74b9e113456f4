/* The events of events.def as structs: trace_NAME_pack puts their fields into a record's words, trace_NAME_unpack takes them out.
 * Included by hv, which writes records, and by host tools, which read them. Depends on slot.h and the lists alone.
 *
 * All of it is made of the list. A struct or a function begins where the list names an event, takes a line from each of the
 * event's fields, and ends where the list names the next event; the first begins before the list, and the last ends after it.
 * Places and widths of fields are constants, so that the compiler makes the same shifts of it that one would write by hand. */
#ifndef TRACE_FORMAT_EVENT_FIELDS_H
#define TRACE_FORMAT_EVENT_FIELDS_H

#include <stdbool.h>

#include "trace/format/slot.h"

#define TRACE_ALWAYS_INLINE static inline __attribute__((always_inline))

/** Types of fields. */
enum trace_field_type {
#define FIELD_TYPE(TYPE, type) TRACE_TYPE_##TYPE,
#include "trace/format/field_types.def"
	TRACE_TYPES
};

/** TRACE_NAME_EXT: the most EXT slots of an event. */
enum trace_event_ext {
#define EVENT(id, NAME, name, ext) TRACE_##NAME##_EXT = ext,
#include "trace/format/events.def"
};

/** Where each field lies, for static assertions of what relies on it: TRACE_NAME_field_WORD, _FIRST and _BITS. */
enum trace_field_place {
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE)                                                               \
	TRACE_##NAME##_##name##_WORD = word, TRACE_##NAME##_##name##_FIRST = first, TRACE_##NAME##_##name##_BITS = bits,
#include "trace/format/events.def"
};

/** Whether a field is bits [first, first + bits) of a word. */
#define TRACE_FIELD_LIES(NAME, field, word, first, bits)                                                               \
	(TRACE_##NAME##_##field##_WORD == (word) && TRACE_##NAME##_##field##_FIRST == (first) &&                       \
	 TRACE_##NAME##_##field##_BITS == (bits))

/** The greatest value of a field. */
#define TRACE_FIELD_MOST(NAME, field) (~0ull >> (64 - TRACE_##NAME##_##field##_BITS))

/** EXIT's duration, if the exit took so long or longer. */
#define TRACE_DURATION_UNKNOWN TRACE_FIELD_MOST(EXIT, duration)

/* What the list has to keep to. Whether two fields share a bit, event_fields_test.c looks, and events.py before an image is built. */
#define EVENT(id, NAME, name, ext) +TRACE_BIT(id)
_Static_assert(TRACE_BIT(TRACE_EVENTS) - 1 == 0
#include "trace/format/events.def"
	       ,
	       "the events' ids are 0, 1, 2 and so on, in the order of the list");
#define EVENT(id, NAME, name, ext)                                                                                     \
	_Static_assert((id) < TRACE_MASK_BITS, #name ": an id must have a bit in the mask of events");                 \
	_Static_assert((ext) < TRACE_RECORD_SLOTS, #name ": too many EXT slots");
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE)                                                               \
	_Static_assert((word) <= TRACE_##NAME##_EXT, #NAME "." #name ": the event does not have that word");           \
	_Static_assert((bits) >= 1 && (first) + (bits) <= 64, #NAME "." #name ": it does not fit its word");           \
	_Static_assert(TRACE_TYPE_##TYPE < TRACE_TYPES, #NAME "." #name ": its type");
#include "trace/format/events.def"

/** The fields of each event; struct trace_exit has `duration`, `cause` and so on. */
#define EVENT(id, NAME, name, ext)                                                                                     \
	}                                                                                                              \
	;                                                                                                              \
	struct trace_##name {
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE) uint64_t name;
struct trace_before_all_events {
#include "trace/format/events.def"
};

/** @p value, which has to fit a field of @p bits bits. hv's callers see to that: it costs the way of an exit nothing. On the host,
 * where hv's tests run, a value that does not fit ends the program. */
TRACE_ALWAYS_INLINE uint64_t trace_fitting(uint64_t value, unsigned bits)
{
	if (__STDC_HOSTED__ && value > ~0ull >> (64 - bits))
		__builtin_trap();
	return value;
}

/** trace_NAME_pack(fields, words): the words of a record that has all EXT slots that the event can have.
 * @param fields struct trace_NAME; each value fits its field
 * @param words  1 + TRACE_NAME_EXT of them: the header's payload, then the EXT slots' */
#define EVENT(id, NAME, name, ext)                                                                                     \
	}                                                                                                              \
	TRACE_ALWAYS_INLINE void trace_##name##_pack(struct trace_##name fields, uint64_t *words)                      \
	{                                                                                                              \
		for (unsigned i = 0; i <= (ext); i++)                                                                  \
			words[i] = 0;
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE) words[word] |= trace_fitting(fields.name, bits) << (first);
TRACE_ALWAYS_INLINE void trace_pack_before_all_events(void)
{
	(void)0;
#include "trace/format/events.def"
}

/** Whether a record of @p extra EXT slots has word @p word. */
TRACE_ALWAYS_INLINE bool trace_has_word(unsigned word, unsigned extra)
{
	return word <= extra;
}

/** trace_NAME_unpack(words, extra): the fields of a record.
 * @param words the header's payload, and those of its EXT slots
 * @param extra how many EXT slots the record has; a field of a word that it lacks is 0 */
#define EVENT(id, NAME, name, ext)                                                                                     \
	return fields;                                                                                                 \
	}                                                                                                              \
	TRACE_ALWAYS_INLINE struct trace_##name trace_##name##_unpack(const uint64_t *words, unsigned extra)           \
	{                                                                                                              \
		struct trace_##name fields;
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE)                                                               \
	fields.name = trace_has_word(word, extra) ? (words[word] >> (first)) & TRACE_FIELD_MOST(NAME, name) : 0;
TRACE_ALWAYS_INLINE struct trace_before_all_events trace_unpack_before_all_events(void)
{
	struct trace_before_all_events fields = {};
#include "trace/format/events.def"
	return fields;
}

/** trace_NAME_of(header, extra): the same of slots as they lie in a ring or a dump, @p extra EXT slots behind the header. */
#define EVENT(id, NAME, name, ext)                                                                                     \
	return fields;                                                                                                 \
	}                                                                                                              \
	TRACE_ALWAYS_INLINE struct trace_##name trace_##name##_of(const struct trace_slot *header, unsigned extra)     \
	{                                                                                                              \
		struct trace_##name fields;
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE)                                                               \
	fields.name =                                                                                                  \
		trace_has_word(word, extra) ? (header[word].payload >> (first)) & TRACE_FIELD_MOST(NAME, name) : 0;
TRACE_ALWAYS_INLINE struct trace_before_all_events trace_of_before_all_events(void)
{
	struct trace_before_all_events fields = {};
#include "trace/format/events.def"
	return fields;
}

/* ---- fields of type FLOW ---- */

/** The flow of interrupt number @p number to the hart of index @p target. */
#define TRACE_FLOW_TARGET_BIT 40
TRACE_ALWAYS_INLINE uint64_t trace_flow(uint64_t target, uint64_t number)
{
	return target << TRACE_FLOW_TARGET_BIT | number;
}

/** The index of the hart that the interrupt of flow @p flow is for. */
TRACE_ALWAYS_INLINE uint64_t trace_flow_target(uint64_t flow)
{
	return flow >> TRACE_FLOW_TARGET_BIT;
}

#endif
