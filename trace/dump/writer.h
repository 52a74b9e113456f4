/* Writes a dump (trace/format/dump.h) to a file or a pipe, in one pass.
 * Called by hstrace's live, extract and merge, and by what makes dumps for tests. Knows nothing of where slots come from. */
#ifndef TRACE_DUMP_WRITER_H
#define TRACE_DUMP_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/error/error.h"
#include "trace/format/dump.h"

/** A dump being written. The first failure stays: every later call returns it. Messages begin with the file's name. */
struct dump_writer;

/** The most slots of one ring chunk. */
#define DUMP_RING_SLOTS ((DUMP_CHUNK_BYTES - sizeof(struct dump_ring)) / TRACE_SLOT_BYTES)

/** Opens a new file, or stdout for "-", and writes the dump's header. An earlier file of this name stays until
 * dump_writer_show() or dump_writer_close(); pipes and devices are written directly.
 * @param writer to be given to dump_writer_close(); null after an error */
enum error dump_writer_open(struct dump_writer **writer, const char *path) MUST_CHECK;

/** The first chunk. @p machine's config_bytes is taken from @p config, which may be null.
 * @param hart_ids machine->harts of them, by hart index */
enum error dump_write_machine(struct dump_writer *writer, const struct dump_machine *machine, const uint64_t *hart_ids,
			      const char *config) MUST_CHECK;

/** The second chunk: the events that this build knows. */
enum error dump_write_schema(struct dump_writer *writer) MUST_CHECK;

/** The same with more lines behind them, such as registers_text() makes. */
enum error dump_write_schema_and(struct dump_writer *writer, const char *lines) MUST_CHECK;

/** The same with the events that hv's image says it writes, as lines of a schema; null: those that this build knows. */
enum error dump_write_schema_of(struct dump_writer *writer, const char *events, const char *lines) MUST_CHECK;

/** Slots of one hart, in as many chunks as they need; for 0 slots an empty one if any were lost, else none.
 * @param hart  index, below the machine's harts
 * @param first sequence number of the first slot
 * @param lost  slots lost just before it: first - lost is where the hart's slots before ended */
enum error dump_write_ring(struct dump_writer *writer, uint32_t hart, uint64_t first, uint64_t lost,
			   const struct trace_slot *slots, size_t count) MUST_CHECK;

/** One for each hart, after its slots. */
enum error dump_write_statistics(struct dump_writer *writer, const struct dump_statistics *statistics) MUST_CHECK;

/** A chunk of any type, from two pieces, of which the second may be null with 0 bytes. For chunks not named above. */
enum error dump_write_chunk(struct dump_writer *writer, uint32_t type, uint16_t version, const void *first,
			    size_t first_bytes, const void *second, size_t second_bytes) MUST_CHECK;

/** Hands over what is written so far, so that a reader of the file sees it. */
enum error dump_writer_flush(struct dump_writer *writer) MUST_CHECK;

/** Flushes, and gives the file its name while it is still being written: from here on it stays, whatever happens.
 * For recordings, of which a part is worth having. */
enum error dump_writer_show(struct dump_writer *writer) MUST_CHECK;

/** Writes the end chunk, closes the file and gives it its name; if anything could not be written, the file is dropped. Frees
 * @p writer. @return the first failure of all calls */
enum error dump_writer_close(struct dump_writer *writer) MUST_CHECK;

/** Closes the file without an end chunk; an earlier file of its name stays. Frees @p writer, which may be null. */
void dump_writer_drop(struct dump_writer *writer);

#endif
