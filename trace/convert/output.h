/* Writes the file that a conversion produces. Data goes into a large buffer first, and from there, compressed or not, to
 * the file.
 * Used by every output format. Knows nothing of the formats. */
#ifndef TRACE_CONVERT_OUTPUT_H
#define TRACE_CONVERT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/dump/new_file.h"
#include "trace/error/error.h"
#include "trace/pack/pack.h"

#define OUTPUT_BUFFER_BYTES (1u << 20)
/** output_room makes at least this many bytes free. output_widen can increase the number. */
#define OUTPUT_ROOM_BYTES (160u << 10)

struct output {
	uint8_t *at; /* where the next byte goes; the caller writes there and advances it */
	uint8_t *buffer;
	size_t room;      /* how many bytes output_room makes free */
	uint64_t flushed; /* how many bytes have left the buffer */
	const char *path; /* the output's path, with which all messages begin */
	struct new_file file;
	struct error_kept failure; /* the error of the first failed write; all data after that write is discarded */
	struct packer *packer;
};

/** Opens a file for writing. If a file of this name exists, output_close replaces it; until then it does not change.
 * @param path the file, or "-" for standard output; the text must exist as long as the output is open
 * @param packing how to compress the data
 * @return an error if the file cannot be opened or memory ran out; do not close the output after an error */
enum error output_open(struct output *output, const char *path, enum packing packing) MUST_CHECK;

/** Increases the number of bytes that output_room() makes free by @p bytes. This makes room for long texts. Call it
 * before writing anything.
 * @return ERROR_MEMORY or ERROR_NONE */
enum error output_widen(struct output *output, size_t bytes) MUST_CHECK;

/** Writes the buffer to the file. If that fails, the error is kept, and output_close returns it. */
void output_flush(struct output *output);

/** Makes sure that output->room bytes can be written at output->at. */
static inline void output_room(struct output *output)
{
	if ((size_t)(output->at - output->buffer) > OUTPUT_BUFFER_BYTES - OUTPUT_ROOM_BYTES)
		output_flush(output);
}

/** Returns how many bytes have been written so far. With compression, this is the size before compression. */
static inline uint64_t output_bytes(const struct output *output)
{
	return output->flushed + (uint64_t)(output->at - output->buffer);
}

/** Writes formatted text. Text that is longer than output->room is cut. */
__attribute__((format(printf, 2, 3))) void output_printf(struct output *output, const char *format, ...);

/** Writes the data that is still in the buffer, closes the file and moves it to its path.
 * @return the first failure since output_open; after a failure, a file that existed before is unchanged */
enum error output_close(struct output *output) MUST_CHECK;

/** Closes the output without keeping what was written. A file that existed before is unchanged. Data that went to a
 * pipe or a device cannot be taken back.
 * @return the first failure since output_open */
enum error output_drop(struct output *output) MUST_CHECK;

#endif
