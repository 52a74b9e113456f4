/* Reads a dump (trace/format/dump.h) as a stream, from a file or a pipe, with one chunk in memory.
 * Called by hstrace's commands. Knows nothing of what slots mean: that is record.h's and schema.h's. */
#ifndef TRACE_DUMP_READER_H
#define TRACE_DUMP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "trace/error/error.h"
#include "trace/format/dump.h"

/** A dump being read. */
struct dump_reader;

/** A chunk. Its payload is aligned to 16 bytes, and both are valid until the next call of dump_next(). At the dump's end
 * payload is null. */
struct dump_view {
	struct dump_chunk chunk;
	const void *payload; /* chunk.length bytes */
	uint64_t offset;     /* of the chunk in the file */
};

/** The contents of a chunk DUMP_STATISTICS, which an older dump may have without the last ones: these are 0 then. @p view: at least
 * DUMP_STATISTICS_LEAST bytes */
static inline struct dump_statistics dump_statistics_of(const struct dump_view *view)
{
	struct dump_statistics statistics = { 0 };

	memcpy(&statistics, view->payload,
	       view->chunk.length < sizeof(statistics) ? view->chunk.length : sizeof(statistics));
	return statistics;
}

/** What reading with `salvage` left out. */
struct dump_salvaged {
	uint64_t bytes;     /* that no chunk's check sum vouches for, or of chunks that contradict others */
	uint64_t gaps;      /* runs of such bytes */
	uint64_t first_gap; /* offset of the first of them */
	bool cut;           /* the dump has no end chunk, or ends inside of a chunk */
	char reason
		[512]; /* the message that reading without `salvage` would have ended with; "" if nothing was wrong */
};

/** Opens a dump, or stdin for "-", and reads its header.
 * @param reader  to be given to dump_close(); null after an error
 * @param salvage read on after what is wrong: return each chunk that its check sum proves, and count the rest
 * @return ERROR_DATA if it is no dump (with @p salvage: is empty) */
enum error dump_open(struct dump_reader **reader, const char *path, bool salvage) MUST_CHECK;

/** The next chunk, of any type. Of a chunk of a known type it is proven that its check sum is right, that its length is
 * that of its contents (a struct dump_ring's count, a struct dump_machine's harts and config_bytes), that its hart is one
 * of the machine's, that machine and schema come first and once, that each hart's slots follow on those before them, and
 * that the end chunk's numbers are those of what came before it. The dump's end comes only after an end chunk, unless
 * salvaging. While salvaging there may be no machine or schema, and a ring chunk's `first` may be beyond first - lost of the
 * hart's slots before: what lay between them was not salvaged.
 * @return an error with the message "FILE: offset 0x...: SECTION: what is wrong", also from each later call */
enum error dump_next(struct dump_reader *reader, struct dump_view *view) MUST_CHECK;

/** What was left out until now. All zeros without `salvage`. */
const struct dump_salvaged *dump_salvaged(const struct dump_reader *reader);

/** Bytes of the file that have been read, and its length, 0 if that is unknown as for pipes. For a display of progress. */
uint64_t dump_position(const struct dump_reader *reader);
uint64_t dump_length(const struct dump_reader *reader);

/** The name of a chunk's type as messages have it: "machine", "ring", or its four letters. @p text: 16 bytes. @return text */
const char *dump_section(uint32_t type, char *text);

/** Closes and frees @p reader, which may be null. */
void dump_close(struct dump_reader *reader);

#endif
