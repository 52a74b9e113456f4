/* Checks that the chunks of a dump agree with each other: order, lengths, harts, sequence numbers and totals.
 * Called by the reader with each chunk whose check sum is right. Knows nothing of files. */
#ifndef TRACE_DUMP_SECTION_H
#define TRACE_DUMP_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/error/error.h"
#include "trace/format/dump.h"

/** What is known about the chunks so far. Starts as zeros, with `salvage` set by the caller. */
struct dump_sections {
	bool salvage;              /* chunks may be missing, so only contradictions are errors */
	bool machine, schema, end; /* whether such a chunk has come */
	uint32_t harts;            /* number of members of `hart`: the harts of the machine, or more when salvaging */
	struct section_hart {
		uint64_t next;   /* sequence number after the hart's last slot */
		bool begun;      /* a RING chunk of the hart has come */
		bool statistics; /* its statistics have come */
	} * hart;
	uint64_t slots, chunks; /* totals so far, for comparison with the end chunk */
};

/** Checks a chunk, and notes what it says for the checks of later chunks.
 * @return ERROR_DATA if it contradicts itself or the chunks before it. The message names neither file nor section */
enum error section_accept(struct dump_sections *sections, const struct dump_chunk *chunk,
			  const void *payload) MUST_CHECK;

/** Whether the flags and the length in @p chunk are possible. If not, these bytes are not the header of a chunk. */
bool section_possible(const struct dump_chunk *chunk);

/** Whether @p type is a type of dump.h. */
bool section_known(uint32_t type);

/** Frees the list of harts. */
void section_release(struct dump_sections *sections);

#endif
