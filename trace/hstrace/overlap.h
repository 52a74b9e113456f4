/* Slots of a hart that were written, for comparison with those that another dump has under the same numbers.
 * Called by hstrace merge, for each hart. Remembers the first few thousand and the last; knows nothing of files. */
#ifndef TRACE_HSTRACE_OVERLAP_H
#define TRACE_HSTRACE_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"
#include "trace/format/slot.h"

/** Zeroed: nothing is remembered. */
struct overlap {
	uint64_t first; /* sequence number of the first slot that was remembered */
	struct overlap_slot *slots;
};

/** Remembers @p count slots from sequence number @p number on, in their order. */
enum error overlap_remember(struct overlap *overlap, uint64_t number, const struct trace_slot *slots,
			    size_t count) MUST_CHECK;

/** Whether @p count slots from @p number on are those that were remembered, as far as they are still. */
bool overlap_agrees(const struct overlap *overlap, uint64_t number, const struct trace_slot *slots, size_t count);

void overlap_free(struct overlap *overlap);

#endif
