/* Reads a dump (trace/format/dump.h) as a stream, from a file or a pipe, with one chunk in memory.
 * Called by hstrace's commands. Knows nothing of what slots mean: that is record.h's and schema.h's. */
#ifndef TRACE_DUMP_READER_H
#define TRACE_DUMP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "trace/format/dump.h"

/** A dump being read. */
struct dump_reader;

/** A chunk. Its payload is aligned to 16 bytes, and both are valid until the next call of dump_next(). */
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

/** BAD: dump_error() says what is wrong and where; nothing follows it. */
enum dump_status { DUMP_OK, DUMP_EOF, DUMP_BAD };

/** What reading with `salvage` left out. */
struct dump_salvaged {
	uint64_t bytes;     /* that no chunk's check sum vouches for, or of chunks that contradict others */
	uint64_t gaps;      /* runs of such bytes */
	uint64_t first_gap; /* offset of the first of them */
	bool cut;           /* the dump has no end chunk, or ends inside of a chunk */
	char reason[512];   /* what was wrong first, as dump_error() would have said it; "" if nothing was */
};

/** Opens a dump, or stdin for "-", and reads its header.
 * @param salvage read on after what is wrong: return each chunk that its check sum proves, and count the rest
 * @param error   where a message goes, of at most @p error_bytes bytes, if null is returned
 * @return to be given to dump_close(); null if the file cannot be read, or is no dump (with @p salvage: is empty) */
struct dump_reader *dump_open(const char *path, bool salvage, char *error, size_t error_bytes);

/** The next chunk, of any type. Of a chunk of a known type it is proven that its check sum is right, that its length is
 * that of its contents (a struct dump_ring's count, a struct dump_machine's harts and config_bytes), that its hart is one
 * of the machine's, that machine and schema come first and once, that each hart's slots follow on those before them, and
 * that the end chunk's numbers are those of what came before it. DUMP_EOF comes only after an end chunk, unless salvaging.
 * While salvaging there may be no machine or schema, and a ring chunk's `first` may be beyond first - lost of the
 * hart's slots before: what lay between them was not salvaged. */
enum dump_status dump_next(struct dump_reader *reader, struct dump_view *view);

/** What DUMP_BAD was about: "FILE: offset 0x...: SECTION: what is wrong". */
const char *dump_error(const struct dump_reader *reader);

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
