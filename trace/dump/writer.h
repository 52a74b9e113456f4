/* Writes a dump (trace/format/dump.h) to a file or a pipe, in one pass.
 * Called by hstrace's live, extract and merge, and by what makes dumps for tests. Knows nothing of where slots come from. */
#ifndef TRACE_DUMP_WRITER_H
#define TRACE_DUMP_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/format/dump.h"

/** A dump being written. The first failure stays: every later call returns false, and dump_writer_error() says why. */
struct dump_writer;

/** The most slots of one ring chunk. */
#define DUMP_RING_SLOTS ((DUMP_CHUNK_BYTES - sizeof(struct dump_ring)) / TRACE_SLOT_BYTES)

/** Opens a new file, or stdout for "-", and writes the dump's header. An earlier file of this name stays until
 * dump_writer_show() or dump_writer_close(); pipes and devices are written directly.
 * @param error where a message goes, of at most @p error_bytes bytes, if null is returned
 * @return to be given to dump_writer_close(); null if the file cannot be written */
struct dump_writer *dump_writer_open(const char *path, char *error, size_t error_bytes);

/** The first chunk. @p machine's config_bytes is taken from @p config, which may be null.
 * @param hart_ids machine->harts of them, by hart index */
bool dump_write_machine(struct dump_writer *writer, const struct dump_machine *machine, const uint64_t *hart_ids,
			const char *config);

/** The second chunk: the events that this build knows. */
bool dump_write_schema(struct dump_writer *writer);

/** The same with more lines behind them, such as registers_text() makes; null: without memory for these, which is a failure. */
bool dump_write_schema_and(struct dump_writer *writer, const char *lines);

/** The same with the events that hv's image says it writes, as lines of a schema; null: those that this build knows. */
bool dump_write_schema_of(struct dump_writer *writer, const char *events, const char *lines);

/** Slots of one hart, in as many chunks as they need; for 0 slots an empty one if any were lost, else none.
 * @param hart  index, below the machine's harts
 * @param first sequence number of the first slot
 * @param lost  slots lost just before it: first - lost is where the hart's slots before ended */
bool dump_write_ring(struct dump_writer *writer, uint32_t hart, uint64_t first, uint64_t lost,
		     const struct trace_slot *slots, size_t count);

/** One for each hart, after its slots. */
bool dump_write_statistics(struct dump_writer *writer, const struct dump_statistics *statistics);

/** A chunk of any type, from two pieces, of which the second may be null with 0 bytes. For chunks not named above. */
bool dump_write_chunk(struct dump_writer *writer, uint32_t type, uint16_t version, const void *first,
		      size_t first_bytes, const void *second, size_t second_bytes);

/** Hands over what is written so far, so that a reader of the file sees it. */
bool dump_writer_flush(struct dump_writer *writer);

/** Flushes, and gives the file its name while it is still being written: from here on it stays, whatever happens.
 * For recordings, of which a part is worth having. */
bool dump_writer_show(struct dump_writer *writer);

/** Why a call returned false: "PATH: what is wrong", or "" if none did. */
const char *dump_writer_error(const struct dump_writer *writer);

/** Writes the end chunk, closes the file and gives it its name; if anything could not be written, it is dropped.
 * Frees @p writer, which may be null.
 * @param error where the message of the first failure goes, of at most @p error_bytes bytes
 * @return whether everything was written */
bool dump_writer_close(struct dump_writer *writer, char *error, size_t error_bytes);

/** Closes the file without an end chunk; an earlier file of its name stays. Frees @p writer, which may be null. */
void dump_writer_drop(struct dump_writer *writer);

#endif
