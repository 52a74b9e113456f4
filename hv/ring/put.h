/* The stores to the slots of a ring. Other stores are made only for the record of an exit: in hv/core/observe.c, and in
 * trap.S, which completes the record.
 * Called by hv/ring and its callers. Must not know which slot of which ring it is. The proofs of the ring replace this
 * header (hv/proofs/ring/put.h). */
#ifndef HV_RING_PUT_H
#define HV_RING_PUT_H

#include <stdint.h>

#include "trace/format/slot.h"

/** The upper 16 bits of a slot's first word. */
typedef uint16_t __attribute__((may_alias)) trace_tag;

/** Writes the timestamp and the tag of a slot. The first store writes the timestamp to the whole first word. A second
 * store then writes the tag to the upper 16 bits of that word. */
static inline __attribute__((always_inline)) void trace_put_tag(struct trace_slot *slot, uint64_t time, unsigned tag)
{
	volatile uint64_t *stamp = &slot->tag;

	*stamp = time;
	((volatile trace_tag *)stamp)[3] = (uint16_t)tag;
}

/** Writes one slot. */
static inline __attribute__((always_inline)) void trace_put_slot(struct trace_slot *slot, uint64_t time, unsigned tag,
								 uint64_t payload)
{
	trace_put_tag(slot, time, tag);
	slot->payload = payload;
}

/** Writes the payload of a slot, and leaves its first word as it is. */
static inline __attribute__((always_inline)) void trace_put_payload(struct trace_slot *slot, uint64_t payload)
{
	slot->payload = payload;
}

#endif
