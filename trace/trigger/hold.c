/* Each hart has a list of blocks. All blocks have the same size, so a block that one hart no longer needs can be used for
 * another hart. */
#include "trace/trigger/hold.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS_OF_HART 2 /* a hart needs a block that is being filled, and one before it */
#define SYNCS_NEEDED 2   /* tools compute a hart's rate from two SYNC records */

uint64_t hold_least(uint32_t harts)
{
	return ((uint64_t)harts * BLOCKS_OF_HART + 1) * sizeof(struct hold_block);
}

enum error hold_open(struct hold *hold, uint32_t harts, uint64_t bytes)
{
	*hold = (struct hold){ .harts = harts, .most = bytes / sizeof(struct hold_block), .crowded_ns = INT64_MIN };
	if (bytes < hold_least(harts))
		return error_set(ERROR_OPTION,
				 "%" PRIu64 " bytes are too few for %u harts: at least %" PRIu64 " are needed", bytes,
				 harts, hold_least(harts));
	hold->hart = calloc(harts, sizeof(*hold->hart));
	return hold->hart ? ERROR_NONE : error_no_memory();
}

/** Moves the hart's oldest block to the spare ones. */
static void drop_oldest(struct hold *hold, struct hold_hart *hart)
{
	struct hold_block *block = hart->oldest;

	hart->oldest = block->next;
	if (!hart->oldest)
		hart->newest = NULL;
	block->next = hold->spare;
	hold->spare = block;
}

/** Returns whether the hart's oldest block is not needed, because all its records are before the horizon, and later
 * records before the horizon include enough SYNC records. */
static bool is_expired(const struct hold_hart *hart, int64_t horizon_ns)
{
	uint32_t syncs = 0;

	if (!hart->oldest || hart->oldest->end_ns >= horizon_ns)
		return false;
	for (const struct hold_block *block = hart->oldest->next; block && block->end_ns < horizon_ns;
	     block = block->next) {
		syncs += block->syncs;
		if (syncs >= SYNCS_NEEDED)
			return true;
	}
	return false;
}

/** Frees at least one block, because the memory is full: the oldest block of all harts that have several. There is such a
 * hart, because hold_open() has checked the size of the memory. */
static void make_room(struct hold *hold)
{
	struct hold_hart *oldest = NULL;

	for (uint32_t i = 0; i < hold->harts; i++) {
		struct hold_hart *hart = &hold->hart[i];

		if (hart->oldest != hart->newest && (!oldest || hart->oldest->end_ns < oldest->oldest->end_ns))
			oldest = hart;
	}
	if (oldest->oldest->end_ns > hold->crowded_ns)
		hold->crowded_ns = oldest->oldest->end_ns;
	drop_oldest(hold, oldest);
}

/** Returns an empty block, or null if memory ran out. */
static struct hold_block *take_block(struct hold *hold, int64_t horizon_ns)
{
	for (uint32_t i = 0; i < hold->harts; i++)
		while (is_expired(&hold->hart[i], horizon_ns))
			drop_oldest(hold, &hold->hart[i]);
	if (!hold->spare && hold->blocks == hold->most)
		make_room(hold);

	struct hold_block *block = hold->spare;

	if (block) {
		hold->spare = block->next;
	} else {
		block = malloc(sizeof(*block));
		hold->blocks += block != NULL;
	}
	return block;
}

enum error hold_add(struct hold *hold, uint32_t index, const struct hold_record *record, int64_t horizon_ns)
{
	struct hold_hart *hart = &hold->hart[index];
	struct hold_block *block = hart->newest;

	if (!block || block->first + block->count != record->sequence || block->count + record->count > HOLD_SLOTS) {
		block = take_block(hold, horizon_ns);
		if (!block)
			return error_no_memory();
		block->next = NULL;
		block->first = record->sequence;
		block->count = block->syncs = 0;
		/* take_block() may have dropped the hart's newest block, so it is read again. */
		if (hart->newest)
			hart->newest->next = block;
		else
			hart->oldest = block;
		hart->newest = block;
	}
	memcpy(block->slots + block->count, record->slots, record->count * sizeof(*record->slots));
	block->count += (uint32_t)record->count;
	block->syncs += record->is_sync;
	block->end_ns = record->ns;
	return ERROR_NONE;
}

void hold_drop(struct hold *hold, uint32_t hart)
{
	while (hold->hart[hart].oldest)
		drop_oldest(hold, &hold->hart[hart]);
}

void hold_close(struct hold *hold)
{
	for (uint32_t i = 0; hold->hart && i < hold->harts; i++)
		hold_drop(hold, i);
	while (hold->spare) {
		struct hold_block *block = hold->spare;

		hold->spare = block->next;
		free(block);
	}
	free(hold->hart);
	hold->hart = NULL;
}
