/* Reads a dump (trace/format/dump.h) from a file or a pipe, chunk by chunk. The file may be compressed with gzip or zstd;
 * offsets are then those of the unpacked dump. The memory that it needs does not depend on
 * the size of the dump.
 * Called by hstrace's commands. It does not interpret slots: record.h and schema.h do that. */
#ifndef TRACE_DUMP_READER_H
#define TRACE_DUMP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "trace/error/error.h"
#include "trace/format/dump.h"

/** A dump that is being read. */
struct dump_reader;

/** A chunk of a dump. `payload` is aligned to 16 bytes, and valid until the next call of dump_next(). It is null at the
 * end of the dump. */
struct dump_view {
	struct dump_chunk chunk;
	const void *payload; /* chunk.length bytes */
	uint64_t offset;     /* where the chunk begins in the file */
};

/** Returns the contents of a DUMP_STATISTICS chunk. Fields that an older dump lacks are 0.
 * @param view a chunk of at least DUMP_STATISTICS_LEAST bytes */
static inline struct dump_statistics dump_statistics_of(const struct dump_view *view)
{
	struct dump_statistics statistics = { 0 };

	memcpy(&statistics, view->payload,
	       view->chunk.length < sizeof(statistics) ? view->chunk.length : sizeof(statistics));
	return statistics;
}

/** The bytes that a salvaging reader left out. */
struct dump_salvaged {
	uint64_t bytes; /* bytes without a right check sum, and bytes of chunks that contradict others */
	uint64_t gaps;  /* number of runs of such bytes */
	bool cut;       /* the dump has no end chunk, or ends inside of a chunk */
	uint64_t
		summed; /* how many bytes check sums were computed of while looking for the next chunk; shows that this takes little time */
	char reason[512]; /* message of the first error, which would have ended reading; "" if there was none */
};

/** Opens a dump, or stdin for "-", and reads its header.
 * @param reader  receives the reader, which dump_close() frees; null after an error
 * @param salvage whether to read on after damage; if so, the reader returns each chunk with a right check sum, and
 *                counts the other bytes
 * @return ERROR_MEMORY, ERROR_SYSTEM, or ERROR_DATA if the file is not a dump; with @p salvage, ERROR_DATA only if the
 * file is empty */
enum error dump_open(struct dump_reader **reader, const char *path, bool salvage) MUST_CHECK;

/** Returns the next chunk, of any type. For a chunk of a known type, these checks have been made:
 * - its check sum is right
 * - its length fits its contents (`count` of a struct dump_ring, `harts` and `config_bytes` of a struct dump_machine)
 * - the machine chunk comes first and the schema chunk second, and each occurs only once
 * - if the chunk is about a hart, the machine has this hart
 * - a hart's slots continue where its previous RING chunk ended, except for a loss that the chunk itself reports
 * - the totals of the end chunk are right
 *
 * The end of the dump is reported only after an end chunk. When salvaging, the machine, the schema and the end chunk
 * may be missing. There may also be losses that no chunk reports: `first` - `lost` of a RING chunk may then be greater
 * than the sequence number at which the hart's previous RING chunk ended.
 * @param view receives the chunk; at the end of the dump its payload is null
 * @return an error with the message "FILE: offset 0x...: SECTION: what is wrong"; each later call returns the same
 * error again */
enum error dump_next(struct dump_reader *reader, struct dump_view *view) MUST_CHECK;

/** Returns facts about the bytes that were left out so far. They are all zeros if the reader does not salvage. The
 * returned object belongs to @p reader, so do not free it. */
const struct dump_salvaged *dump_salvaged(const struct dump_reader *reader);

/** Returns how many bytes of the file have been read, before unpacking. Tools use it to show progress. */
uint64_t dump_position(const struct dump_reader *reader);

/** Returns the length of the file in bytes; 0 if it is unknown, as for a pipe. */
uint64_t dump_length(const struct dump_reader *reader);

/** Writes the name of a type of chunks, in the form in which messages use it: "machine", "ring" and so on. For an
 * unknown type, the name consists of the four letters of the type.
 * @param text receives the name; has room for 16 bytes
 * @return text */
const char *dump_section(uint32_t type, char *text);

/** Closes and frees @p reader, which may be null. */
void dump_close(struct dump_reader *reader);

#endif
