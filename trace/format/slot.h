/* The layout of slots and records, in a hart's ring and in a dump.
 * Included by hv and by host tools. Depends only on abi/layout.h. */
#ifndef TRACE_FORMAT_SLOT_H
#define TRACE_FORMAT_SLOT_H

#include <stdint.h>

#include "abi/layout.h"

/** A slot: 16 bytes, little-endian. A record is a header slot and then its EXT slots, which have the same timestamp. */
struct trace_slot {
	uint64_t tag;     /* timestamp in bits 0-47, event id in bits 48-55, aux in bits 56-63 */
	uint64_t payload; /* a word of the record; events.def defines its fields */
};
LAYOUT_OFFSET(struct trace_slot, tag, 0);
LAYOUT_OFFSET(struct trace_slot, payload, 8);
LAYOUT_SIZE(struct trace_slot, 16);

#define TRACE_SLOT_BYTES 16
#define TRACE_TIMESTAMP_BITS 48
#define TRACE_TIMESTAMP_MASK ((1ull << TRACE_TIMESTAMP_BITS) - 1)

/** The maximum number of slots in a record. */
#define TRACE_RECORD_SLOTS 4

/** Makes bits 48-63 of a tag. In a header, @p aux is the number of EXT slots that follow. In an EXT slot, it is the
 * index of this slot. */
#define TRACE_TAG(id, aux) ((uint16_t)((id) | (aux) << 8))

/** Returns the event id of a header, or TRACE_EXT for an EXT slot. */
static inline unsigned trace_slot_event(const struct trace_slot *slot)
{
	return (uint8_t)(slot->tag >> TRACE_TIMESTAMP_BITS);
}

/** Returns the number of EXT slots of a header, or the index of an EXT slot. */
static inline unsigned trace_slot_aux(const struct trace_slot *slot)
{
	return (unsigned)(slot->tag >> (TRACE_TIMESTAMP_BITS + 8));
}

enum trace_event {
#define EVENT(id, NAME, name, ext) TRACE_##NAME = id,
#include "trace/format/events.def"
	TRACE_EVENTS
};

/** Makes a slot. Only the low 48 bits of @p time are used. TRACE_TAG explains @p aux. */
static inline struct trace_slot trace_slot_make(uint64_t time, unsigned event, unsigned aux, uint64_t payload)
{
	uint64_t tag = TRACE_TAG(event, aux);

	return (struct trace_slot){ (time & TRACE_TIMESTAMP_MASK) | tag << TRACE_TIMESTAMP_BITS, payload };
}

/** Makes the slots of a record: a header and @p extra EXT slots. Only tools use it; hv writes records in hv/ring.
 * @param to    receives 1 + @p extra slots
 * @param words 1 + @p extra words: the payload of the header, then the payloads of the EXT slots
 * @return 1 + @p extra */
static inline unsigned trace_slots_make(struct trace_slot *to, uint64_t time, unsigned event, unsigned extra,
					const uint64_t *words)
{
	to[0] = trace_slot_make(time, event, extra, words[0]);
	for (unsigned i = 0; i < extra; i++)
		to[1 + i] = trace_slot_make(time, TRACE_EXT, i, words[1 + i]);
	return 1 + extra;
}

/** Whether a record may begin with @p slot. */
static inline int trace_slot_begins(const struct trace_slot *slot)
{
	return trace_slot_event(slot) != TRACE_EXT && trace_slot_aux(slot) < TRACE_RECORD_SLOTS;
}

/** Whether @p slot is EXT slot number @p index of a record. @param time a time with the low 48 bits of the record's timestamp */
static inline int trace_slot_continues(const struct trace_slot *slot, uint64_t time, unsigned index)
{
	return slot->tag ==
	       ((time & TRACE_TIMESTAMP_MASK) | (uint64_t)TRACE_TAG(TRACE_EXT, index) << TRACE_TIMESTAMP_BITS);
}

/** Ids of events must be smaller than this number, because the upper bits of the run-time mask have another use
 * (HARTSCOPE_CTRL). */
#define TRACE_MASK_BITS 56

/** The bit of an event in the run-time mask. */
#define TRACE_BIT(event) (1ull << (event))
#define TRACE_MASK_ALL ((TRACE_BIT(TRACE_EVENTS) - 1) & ~TRACE_BIT(TRACE_EXT))
/** The events that hv writes even if the mask lacks them. */
enum trace_always {
	TRACE_ALWAYS = 0
#define EVENT_ALWAYS(NAME) | TRACE_BIT(TRACE_##NAME)
#include "trace/format/events.def"
};
#define TRACE_MASK_ALWAYS ((uint64_t)TRACE_ALWAYS)

/** The outcome of an exit. */
enum trace_outcome {
	TRACE_EMULATED,  /* hv emulated the instruction, or handled an interrupt that hv itself uses */
	TRACE_OFFLOADED, /* a module handled the payload's request */
	TRACE_REFLECTED, /* the payload's S-mode got the trap, as delegation would have done */
	TRACE_INJECTED,  /* the firmware got a virtual interrupt */
	TRACE_FORWARDED  /* the firmware got the trap */
};

/** The software that a hart runs when it does not run hv. The numbers are also indexes of hartscope_counters.exits. */
enum trace_world { TRACE_WORLD_FIRMWARE, TRACE_WORLD_PAYLOAD };

/** This bit of a cause is set for interrupts; the other bits are the code. */
#define TRACE_CAUSE_INTERRUPT 0x80

/** The field `value` of an exit that was an SBI call of the payload, if hv or a module answered the call: bit 63, the FID
 * in bits 32-62, and the EID. hv writes no ECALL record for such a call. For a call that the firmware answers, the field
 * is mtval, which is 0. */
#define TRACE_CALL(eid, fid) (1ull << 63 | (uint64_t)(fid) << 32 | (uint32_t)(eid))
#define TRACE_CALL_EID(value) ((uint32_t)(value))
#define TRACE_CALL_FID(value) ((uint32_t)((value) >> 32) & 0x7fffffffu)

/** Whether the field `value` of an SBI call's exit is a TRACE_CALL. */
#define TRACE_VALUE_IS_CALL(value) ((value) >> 63 != 0)

/** Where a virtual interrupt came from. */
enum trace_source { TRACE_SOURCE_EXTERNAL, TRACE_SOURCE_TIMER, TRACE_SOURCE_SOFTWARE, TRACE_SOURCE_FIRMWARE };

/** Value of a field of type MODULE if no module is meant. Otherwise, the value is 1 + the module's index in the
 * configuration's list of modules. */
#define TRACE_NO_MODULE 0

#endif
