/* Checks that the chunks of a dump agree with each other: order, lengths, harts, sequence numbers and totals.
 * Called by the reader with each chunk whose check sum is right. It does not deal with files. */
#ifndef TRACE_DUMP_SECTION_H
#define TRACE_DUMP_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/error/error.h"
#include "trace/format/dump.h"

/** The state of the checks, from the chunks so far. Before the first call, set `salvage`, and set everything else to
 * zeros. */
struct dump_sections {
	bool salvage;              /* chunks may be missing, so only contradictions are errors */
	bool machine, schema, end; /* whether such a chunk has come */
	uint32_t harts; /* number of elements of `hart`; the machine's number of harts, or more when salvaging */
	struct section_hart {
		uint64_t next;   /* sequence number after that of the hart's last slot */
		bool begun;      /* a RING chunk of the hart has come */
		bool statistics; /* its statistics have come */
	} * hart;
	uint64_t slots, chunks; /* totals so far, for comparison with the end chunk */
};

/** Checks a chunk, and stores the values that the checks of later chunks need.
 * @return ERROR_DATA if the chunk contradicts itself or the chunks before it. The caller has to add the names of the
 *         file and of the section to the message */
enum error section_accept(struct dump_sections *sections, const struct dump_chunk *chunk,
			  const void *payload) MUST_CHECK;

/** Whether the flags and the length in @p chunk are possible. If not, these bytes are not the header of a chunk. Inline, because
 * the reader asks for every byte after damage. */
static inline bool section_possible(const struct dump_chunk *chunk)
{
	return chunk->flags == 0 && chunk->length <= DUMP_CHUNK_BYTES;
}

/** Whether @p type is one of the types of chunks that dump.h defines. */
bool section_known(uint32_t type);

/** Frees the list of harts. */
void section_release(struct dump_sections *sections);

#endif
