/* Remembers slots of a hart that were written to the merged dump. If another dump contains slots with the same sequence
 * numbers, they are compared with the remembered slots. Only the first few thousand slots and the last few thousand
 * slots are remembered.
 * Called by hstrace merge, for each hart. Knows nothing about files. */
#ifndef TRACE_HSTRACE_OVERLAP_H
#define TRACE_HSTRACE_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"
#include "trace/format/slot.h"

/** The remembered slots. The caller first sets all members to 0, which means that no slot is remembered. */
struct overlap {
	uint64_t first; /* sequence number of the first slot that was ever remembered */
	struct overlap_slot *slots;
};

/** Remembers @p count slots. The first slot has the sequence number @p number. @return ERROR_MEMORY if memory ran
 * out */
enum error overlap_remember(struct overlap *overlap, uint64_t number, const struct trace_slot *slots,
			    size_t count) MUST_CHECK;

/** Compares @p count slots with the remembered slots. The first slot has the sequence number @p number.
 * @return true if no slot differs from the remembered slot with the same number. A slot whose number is not remembered
 * any more counts as the same */
bool overlap_agrees(const struct overlap *overlap, uint64_t number, const struct trace_slot *slots, size_t count);

/** Frees the remembered slots. */
void overlap_free(struct overlap *overlap);

#endif
