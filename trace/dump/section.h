/* What a dump's chunks must agree on with each other: order, lengths, harts, sequence numbers, totals.
 * Called by the reader with each chunk whose check sum is right. Knows nothing of files. */
#ifndef TRACE_DUMP_SECTION_H
#define TRACE_DUMP_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/error/error.h"
#include "trace/format/dump.h"

/** What is known of the chunks so far. Starts as zeros, with `salvage` as it shall be. */
struct dump_sections {
	bool salvage; /* chunks may be missing: only what is there must not contradict itself */
	bool machine, schema, end;
	uint32_t harts, max_harts; /* of the machine, and of `hart` */
	struct section_hart {
		uint64_t next; /* sequence number after the hart's last slot */
		bool begun, statistics;
	} * hart;
	uint64_t slots, chunks;
};

/** Takes a chunk in. @return ERROR_DATA if it does not fit those before it; the message says neither file nor section */
enum error section_accept(struct dump_sections *sections, const struct dump_chunk *chunk,
			  const void *payload) MUST_CHECK;

/** Whether @p chunk can be a chunk's header at all: flags and length. */
bool section_possible(const struct dump_chunk *chunk);

/** Whether the type is one of dump.h's. */
bool section_known(uint32_t type);

/** Frees what @p sections holds. */
void section_release(struct dump_sections *sections);

#endif
