/* Keeps slots in a table of 2 * REMEMBERED slots. The first REMEMBERED slots stay in the first half of the table. All
 * later slots go into the second half, where each slot replaces the slot whose number is smaller by REMEMBERED. */
#include "trace/hstrace/overlap.h"

#include <stdlib.h>
#include <string.h>

#define REMEMBERED 4096 /* this many of the first slots and this many of the last slots are remembered */

/** A remembered slot. */
struct overlap_slot {
	uint64_t number_plus_1; /* 1 + the slot's sequence number; 0 if this place of the table is empty */
	struct trace_slot slot;
};

static struct overlap_slot *place_of(const struct overlap *overlap, uint64_t number)
{
	uint64_t from_first = number - overlap->first;

	return &overlap->slots[from_first < REMEMBERED ? from_first : REMEMBERED + number % REMEMBERED];
}

enum error overlap_remember(struct overlap *overlap, uint64_t number, const struct trace_slot *slots, size_t count)
{
	if (!overlap->slots) {
		overlap->slots = calloc((size_t)2 * REMEMBERED, sizeof(overlap->slots[0]));
		overlap->first = number;
	}
	if (!overlap->slots)
		return error_no_memory();
	for (size_t i = 0; i < count; i++)
		*place_of(overlap, number + i) = (struct overlap_slot){ number + i + 1, slots[i] };
	return ERROR_NONE;
}

bool overlap_agrees(const struct overlap *overlap, uint64_t number, const struct trace_slot *slots, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct overlap_slot *known = place_of(overlap, number + i);

		if (known->number_plus_1 == number + i + 1 && memcmp(&known->slot, &slots[i], sizeof(slots[i])) != 0)
			return false;
	}
	return true;
}

void overlap_free(struct overlap *overlap)
{
	free(overlap->slots);
}
