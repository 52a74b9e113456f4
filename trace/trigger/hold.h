/* Holds the newest slots of each hart in memory of limited size, until a trigger fires.
 * Called by the watch (watch.h). It does not interpret slots: the caller passes whole records with their times. */
#ifndef TRACE_TRIGGER_HOLD_H
#define TRACE_TRIGGER_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"
#include "trace/format/slot.h"

#define HOLD_SLOTS 1024 /* slots of a block */

/** Slots of one hart that follow each other. A block begins and ends between two records. */
struct hold_block {
	struct hold_block *next; /* the hart's next block; null for the newest one */
	uint64_t first;          /* sequence number of the first slot */
	int64_t end_ns;          /* time of the last record */
	uint32_t count;          /* number of slots */
	uint32_t syncs;          /* number of SYNC records */
	struct trace_slot slots[HOLD_SLOTS];
};

struct hold_hart {
	struct hold_block *oldest, *newest; /* null if the hart has no block */
};

struct hold {
	struct hold_hart *hart;
	struct hold_block *spare; /* blocks that are free */
	uint32_t harts;
	size_t most, blocks; /* maximum and present number of blocks, including free ones */
	int64_t crowded_ns; /* no record after this time was dropped for lack of memory; INT64_MIN if none was dropped */
};

/** A record, or a slot that belongs to no record. */
struct hold_record {
	const struct trace_slot *slots;
	size_t count; /* number of slots, 1 to TRACE_RECORD_SLOTS */
	uint64_t sequence;
	int64_t ns;
	bool is_sync;
};

/** Prepares to hold slots of @p harts harts in at most @p bytes bytes.
 * @return ERROR_OPTION if the memory is too small for so many harts; ERROR_MEMORY. Call hold_close() even then */
enum error hold_open(struct hold *hold, uint32_t harts, uint64_t bytes) MUST_CHECK;

/** Returns how many bytes the slots of @p harts harts need at least. */
uint64_t hold_least(uint32_t harts);

/** Adds a record to a hart's newest block. If a new block is needed and the memory is full, drops the oldest block of
 * all harts that have several.
 * @param horizon_ns records before this time are not needed any more, except for each hart's last two SYNC records
 *                   before it and everything after these
 * @return ERROR_MEMORY */
enum error hold_add(struct hold *hold, uint32_t hart, const struct hold_record *record, int64_t horizon_ns) MUST_CHECK;

/** Frees the blocks of a hart. */
void hold_drop(struct hold *hold, uint32_t hart);

void hold_close(struct hold *hold);

#endif
