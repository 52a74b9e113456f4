/* The events of events.def as C structs: trace_NAME_pack() puts the fields of an event into the words of a record, and
 * trace_NAME_unpack() gets the fields from the words.
 * Included by hv, which writes records, and by host tools, which read them. Depends only on slot.h and the lists.
 *
 * The preprocessor generates these structs and functions from the list. EVENT closes the struct or function of the
 * previous event, and opens the struct or function of its own event. EVENT_FIELD adds one line to the open struct or
 * function. So the code below opens a dummy struct or function before it includes the list, and closes the last struct
 * or function after the list. Since the places and widths of fields are constants, the compiler generates the same
 * shifts that a programmer would write by hand. */
#ifndef TRACE_FORMAT_EVENT_FIELDS_H
#define TRACE_FORMAT_EVENT_FIELDS_H

#include <stdbool.h>

#include "trace/format/slot.h"

#define TRACE_ALWAYS_INLINE static inline __attribute__((always_inline))

/** Types of fields (field_types.def). */
enum trace_field_type {
#define FIELD_TYPE(TYPE, type) TRACE_TYPE_##TYPE,
#include "trace/format/field_types.def"
	TRACE_TYPES
};

/** TRACE_NAME_EXT is the maximum number of EXT slots in a record of event NAME. */
enum trace_event_ext {
#define EVENT(id, NAME, name, ext) TRACE_##NAME##_EXT = ext,
#include "trace/format/events.def"
};

/** TRACE_NAME_field_WORD, TRACE_NAME_field_FIRST and TRACE_NAME_field_BITS are the place of a field in its record. Code
 * that relies on the place of a field checks it with static assertions. */
enum trace_field_place {
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE)                                                               \
	TRACE_##NAME##_##name##_WORD = word, TRACE_##NAME##_##name##_FIRST = first, TRACE_##NAME##_##name##_BITS = bits,
#include "trace/format/events.def"
};

/** True if a field lies in bits [first, first + bits) of word @p word. */
#define TRACE_FIELD_LIES(NAME, field, word, first, bits)                                                               \
	(TRACE_##NAME##_##field##_WORD == (word) && TRACE_##NAME##_##field##_FIRST == (first) &&                       \
	 TRACE_##NAME##_##field##_BITS == (bits))

/** The maximum value of a field. */
#define TRACE_FIELD_MOST(NAME, field) (~0ull >> (64 - TRACE_##NAME##_##field##_BITS))

/** The value of field `duration` of an EXIT record if the exit took this many cycles or more. */
#define TRACE_DURATION_UNKNOWN TRACE_FIELD_MOST(EXIT, duration)

/* These assertions check the rules of the list. The preprocessor cannot compare two fields. So event_fields_test.c
 * checks that no two fields of an event share a bit, and events.py checks the same before an image is built. */
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
	_Static_assert(TRACE_TYPE_##TYPE < TRACE_TYPES, #NAME "." #name ": unknown type");
#include "trace/format/events.def"

/** Defines struct trace_NAME, which contains the fields of event NAME. For example, struct trace_exit has `duration`,
 * `cause` and so on. */
#define EVENT(id, NAME, name, ext)                                                                                     \
	}                                                                                                              \
	;                                                                                                              \
	struct trace_##name {
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE) uint64_t name;
struct trace_before_all_events {
#include "trace/format/events.def"
};

/** Returns @p value, which must fit into @p bits bits. In hv, the callers guarantee that it fits. hv does not check it,
 * because the check would make exits slower. On the host, where hv's unit tests run, a value that does not fit ends the
 * program. */
TRACE_ALWAYS_INLINE uint64_t trace_fitting(uint64_t value, unsigned bits)
{
	if (__STDC_HOSTED__ && value > ~0ull >> (64 - bits))
		__builtin_trap();
	return value;
}

/** trace_NAME_pack(fields, words): makes the words of a record with all EXT slots that event NAME can have.
 * @param fields a struct trace_NAME; each value must fit its field
 * @param words  receives 1 + TRACE_NAME_EXT words: the payload of the header, then the payloads of the EXT slots */
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

/** Whether a record with @p extra EXT slots has word @p word. */
TRACE_ALWAYS_INLINE bool trace_has_word(unsigned word, unsigned extra)
{
	return word <= extra;
}

/** trace_NAME_unpack(words, extra): returns the fields of a record. If the record lacks the word of a field, the field
 * is 0.
 * @param words the payload of the header, then the payloads of the EXT slots
 * @param extra how many EXT slots the record has */
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

/** trace_NAME_of(header, extra): does the same as trace_NAME_unpack(), but takes the record as slots, as they lie in a
 * ring or a dump. @p extra EXT slots follow the header. */
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

/* ---- the cost of an exit ---- */

/** Returns how many cycles of an exit hv spent on the trace itself, not on what the exit was for (docs/trace-format.md,
 * "Exits").
 * @param duration the exit's field `duration`
 * @param time     mcycle of the EXIT record
 * @param since    `since` of the first OBSERVING record after the previous EXIT record; 0 if there is none */
static inline uint64_t trace_exit_observing(uint64_t duration, uint64_t time, uint64_t since)
{
	bool belongs = since && time - since < duration && duration != TRACE_DURATION_UNKNOWN;

	return belongs ? time - since : 0;
}

/** Returns what an exit cost in cycles: hv's time in it without that for the trace. The first three parameters are those of
 * trace_exit_observing().
 * @param outside the cycles of each exit outside of its duration: the fields `entry` and `leave` of SYNC records
 * @return TRACE_DURATION_UNKNOWN if the exit took that long or longer */
static inline uint64_t trace_exit_cost(uint64_t duration, uint64_t time, uint64_t since, uint64_t outside)
{
	return duration == TRACE_DURATION_UNKNOWN ? duration
						  : duration - trace_exit_observing(duration, time, since) + outside;
}

/* ---- fields of type FLOW ---- */

/** Returns the value of a field of type FLOW, for interrupt number @p number that is sent to the hart with index @p
 * target. */
#define TRACE_FLOW_TARGET_BIT 40
TRACE_ALWAYS_INLINE uint64_t trace_flow(uint64_t target, uint64_t number)
{
	return target << TRACE_FLOW_TARGET_BIT | number;
}

/** Returns the index of the hart that the interrupt with flow @p flow was sent to. */
TRACE_ALWAYS_INLINE uint64_t trace_flow_target(uint64_t flow)
{
	return flow >> TRACE_FLOW_TARGET_BIT;
}

#endif
