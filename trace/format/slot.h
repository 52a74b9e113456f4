/* Slots and records of the trace, as they lie in a hart's ring and in a dump.
 * Included by hv and by host tools. Depends on nothing but abi/layout.h. */
#ifndef TRACE_FORMAT_SLOT_H
#define TRACE_FORMAT_SLOT_H

#include <stdint.h>

#include "abi/layout.h"

/** 16 bytes, little-endian. A record is a header slot and its EXT slots, which repeat its timestamp. */
struct trace_slot {
	uint64_t tag;     /* timestamp in bits 0-47, event id 48-55, aux 56-63 */
	uint64_t payload; /* what events.def says */
};
LAYOUT_OFFSET(struct trace_slot, tag, 0);
LAYOUT_OFFSET(struct trace_slot, payload, 8);
LAYOUT_SIZE(struct trace_slot, 16);

#define TRACE_SLOT_BYTES 16
#define TRACE_TIMESTAMP_BITS 48
#define TRACE_TIMESTAMP_MASK ((1ull << TRACE_TIMESTAMP_BITS) - 1)

/** The most slots of one record. */
#define TRACE_RECORD_SLOTS 4

/** Bits 48-63 of a tag. @p aux of a header: number of its EXT slots; of an EXT slot: its index. */
#define TRACE_TAG(id, aux) ((uint16_t)((id) | (aux) << 8))

/** The event of a header, or TRACE_EXT. */
static inline unsigned trace_slot_event(const struct trace_slot *slot)
{
	return (uint8_t)(slot->tag >> TRACE_TIMESTAMP_BITS);
}

/** Of a header: the number of its EXT slots; of an EXT slot: its index. */
static inline unsigned trace_slot_aux(const struct trace_slot *slot)
{
	return (unsigned)(slot->tag >> (TRACE_TIMESTAMP_BITS + 8));
}

enum trace_event {
#define EVENT(id, NAME, name, ext) TRACE_##NAME = id,
#include "trace/format/events.def"
	TRACE_EVENTS
};

/** A slot of time @p time, of which the lower bits count. @p aux as above. */
static inline struct trace_slot trace_slot_make(uint64_t time, unsigned event, unsigned aux, uint64_t payload)
{
	uint64_t tag = TRACE_TAG(event, aux);

	return (struct trace_slot){ (time & TRACE_TIMESTAMP_MASK) | tag << TRACE_TIMESTAMP_BITS, payload };
}

/** The slots of a record: a header, and @p extra EXT slots. For tools; hv has its own way, in its ring.
 * @param words 1 + @p extra of them: the header's payload, then the EXT slots'
 * @return 1 + @p extra */
static inline unsigned trace_slots_make(struct trace_slot *to, uint64_t time, unsigned event, unsigned extra,
					const uint64_t *words)
{
	to[0] = trace_slot_make(time, event, extra, words[0]);
	for (unsigned i = 0; i < extra; i++)
		to[1 + i] = trace_slot_make(time, TRACE_EXT, i, words[1 + i]);
	return 1 + extra;
}

/** Events below this id can have a bit in the run-time mask: its upper bits have another use (HARTSCOPE_CTRL). */
#define TRACE_MASK_BITS 56

/** Bit of an event in the run-time mask. */
#define TRACE_BIT(event) (1ull << (event))
#define TRACE_MASK_ALL ((TRACE_BIT(TRACE_EVENTS) - 1) & ~TRACE_BIT(TRACE_EXT))
/** Those that are on whatever the mask says. */
enum trace_always {
	TRACE_ALWAYS = 0
#define EVENT_ALWAYS(NAME) | TRACE_BIT(TRACE_##NAME)
#include "trace/format/events.def"
};
#define TRACE_MASK_ALWAYS ((uint64_t)TRACE_ALWAYS)

/** What an exit came to. */
enum trace_outcome {
	TRACE_EMULATED,  /* hv did what the instruction asks for, or served an interrupt of its own */
	TRACE_OFFLOADED, /* a module did */
	TRACE_REFLECTED, /* the payload's S-mode got the trap, as delegation would have done */
	TRACE_INJECTED,  /* the firmware got a virtual interrupt */
	TRACE_FORWARDED  /* the firmware got the trap */
};

/** World of an exit: numbers as in hartscope_counters. */
enum trace_world { TRACE_WORLD_FIRMWARE, TRACE_WORLD_PAYLOAD };

/** Bit 7 of a cause is the interrupt bit; the rest is the code. */
#define TRACE_CAUSE_INTERRUPT 0x80

/** Where a virtual interrupt came from. */
enum trace_source { TRACE_SOURCE_EXTERNAL, TRACE_SOURCE_TIMER, TRACE_SOURCE_SOFTWARE, TRACE_SOURCE_FIRMWARE };

/** Fields of type MODULE hold 1 + the module's place in the configuration's list, or this. */
#define TRACE_NO_MODULE 0

#endif
