/* Writes a dump (trace/format/dump.h) to a file or a pipe, in one pass.
 * Called by `hstrace live`, `extract` and `merge`, and by tests that make dumps. It does not know where slots come
 * from. */
#ifndef TRACE_DUMP_WRITER_H
#define TRACE_DUMP_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/error/error.h"
#include "trace/format/dump.h"

/** A dump that is being written. Every call after the first error returns that error again. Messages begin with the
 * file's name. If the comment on a function below lists no errors, the function returns ERROR_SYSTEM if the file cannot
 * be written. */
struct dump_writer;

/** A RING chunk has at most this many slots. */
#define DUMP_RING_SLOTS ((DUMP_CHUNK_BYTES - sizeof(struct dump_ring)) / TRACE_SLOT_BYTES)

/** Opens a new file, or stdout for "-", and writes the dump's header. If the name ends with .gz or .zst, the file is
 * compressed. An earlier file with this name stays unchanged
 * until dump_writer_show() or dump_writer_close() replaces it. If @p path is a pipe or a device, the dump is written to
 * it directly.
 * @param writer receives the writer, which dump_writer_close() or dump_writer_drop() frees; null after an error
 * @return ERROR_SYSTEM or ERROR_MEMORY; ERROR_OPTION if the name asks for compression, and this program cannot compress */
enum error dump_writer_open(struct dump_writer **writer, const char *path) MUST_CHECK;

/** Writes the first chunk, about the machine.
 * @param machine  facts about the machine; its field config_bytes is ignored, and the length of @p config is written
 *                 instead
 * @param hart_ids machine->harts hart ids, by hart index
 * @param config   hv's configuration as JSON; null if it is not known
 * @return ERROR_DATA if a chunk has no room for this many harts, or for the configuration; ERROR_MEMORY,
 * ERROR_SYSTEM */
enum error dump_write_machine(struct dump_writer *writer, const struct dump_machine *machine, const uint64_t *hart_ids,
			      const char *config) MUST_CHECK;

/** Writes the second chunk, the schema, with the events that this build knows. @return ERROR_MEMORY or ERROR_SYSTEM */
enum error dump_write_schema(struct dump_writer *writer) MUST_CHECK;

/** Writes the schema with the events that this build knows, and then @p lines, such as those of registers_text().
 * @return ERROR_MEMORY or ERROR_SYSTEM; ERROR_DATA if a chunk has no room for the lines */
enum error dump_write_schema_and(struct dump_writer *writer, const char *lines) MUST_CHECK;

/** Writes the schema with events from another list, and then @p lines.
 * @param events lines of a schema, such as those in hv's ELF file; if null, the events that this build knows are
 *               written
 * @return ERROR_MEMORY or ERROR_SYSTEM; ERROR_DATA if a chunk has no room for the lines */
enum error dump_write_schema_of(struct dump_writer *writer, const char *events, const char *lines) MUST_CHECK;

/** Writes slots of one hart, in as many RING chunks as they need. If there are no slots, but some were lost, writes one
 * empty chunk that reports the loss. If there are neither, writes nothing.
 * @param hart  hart index, below the machine's number of harts
 * @param first sequence number of the first slot
 * @param lost  number of slots that were lost just before that slot; the hart's previous chunk must have ended at first
 * - lost
 * @param slots @p count slots */
enum error dump_write_ring(struct dump_writer *writer, uint32_t hart, uint64_t first, uint64_t lost,
			   const struct trace_slot *slots, size_t count) MUST_CHECK;

/** Writes a hart's statistics. Call it once for each hart, after its slots. */
enum error dump_write_statistics(struct dump_writer *writer, const struct dump_statistics *statistics) MUST_CHECK;

/** Writes a chunk of any type. Use it only for types for which there is no function above.
 * @param first  the first piece of the payload
 * @param second the second piece; null if @p second_bytes is 0
 * @return ERROR_DATA if the two pieces together have more than DUMP_CHUNK_BYTES bytes; ERROR_SYSTEM */
enum error dump_write_chunk(struct dump_writer *writer, uint32_t type, uint16_t version, const void *first,
			    size_t first_bytes, const void *second, size_t second_bytes) MUST_CHECK;

/** Returns how many bytes the dump has so far, including those that are still in the buffer, before compression. */
uint64_t dump_writer_bytes(const struct dump_writer *writer);

/** Writes the buffer to the file, so that another process that reads the file sees everything. */
enum error dump_writer_flush(struct dump_writer *writer) MUST_CHECK;

/** Flushes the buffer, and gives the file its final name although it is not complete. From then on, the file remains
 * even if the process is killed. Recorders call this function, because an incomplete recording is useful, too. */
enum error dump_writer_show(struct dump_writer *writer) MUST_CHECK;

/** Writes the end chunk, closes the file and gives it its final name. If anything could not be written, the new file is
 * removed. Frees the writer. @return the first error of all calls on this writer */
enum error dump_writer_close(struct dump_writer *writer) MUST_CHECK;

/** Abandons the dump: closes the file without an end chunk, and removes it unless it already has its final name. An
 * earlier file with the same name stays. The thread's message (error.h) does not change. Frees @p writer, which may be null. */
void dump_writer_drop(struct dump_writer *writer);

#endif
