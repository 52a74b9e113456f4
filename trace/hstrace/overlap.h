/* Remembers which slots of a hart were written, to compare them with slots of the same numbers in another dump.
 * Called by hstrace merge, for each hart. Remembers only the first and last few thousand. Knows nothing about files. */
#ifndef TRACE_HSTRACE_OVERLAP_H
#define TRACE_HSTRACE_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"
#include "trace/format/slot.h"

/** Starts as zeros: nothing is remembered. */
struct overlap {
	uint64_t first; /* sequence number of the first slot that was ever remembered */
	struct overlap_slot *slots;
};

/** Remembers @p count slots, whose sequence numbers start at @p number. @return ERROR_MEMORY if memory ran out */
enum error overlap_remember(struct overlap *overlap, uint64_t number, const struct trace_slot *slots,
			    size_t count) MUST_CHECK;

/** Whether @p count slots from sequence number @p number on are the same as those remembered. Slots that are no longer
 * remembered count as the same. */
bool overlap_agrees(const struct overlap *overlap, uint64_t number, const struct trace_slot *slots, size_t count);

/** Frees what is remembered. */
void overlap_free(struct overlap *overlap);

#endif
