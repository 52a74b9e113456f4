/* The file that a conversion writes: a large buffer, then write(2) or zlib.
 * Used by every output format. Knows nothing of them. */
#ifndef TRACE_CONVERT_OUTPUT_H
#define TRACE_CONVERT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/dump/new_file.h"
#include "trace/error/error.h"

#define OUTPUT_BUFFER_BYTES (1u << 20)
/** What output_room makes sure of, and what output_widen adds to. */
#define OUTPUT_ROOM_BYTES (160u << 10)

struct output {
	uint8_t *at; /* where the next byte goes: the caller writes there and moves it */
	uint8_t *buffer;
	size_t room;      /* that output_room makes sure of */
	uint64_t flushed; /* bytes that have left the buffer */
	const char *path; /* messages begin with it */
	struct new_file file;
	struct error_kept failure; /* what is written after it is dropped */
	void *gzip;                /* gzFile, or NULL */
};

/** Opens @p path ("-": standard output) for writing, through gzip if @p compress. An earlier file stays until output_close.
 * @p path must stay. After an error nothing is to be closed. */
enum error output_open(struct output *output, const char *path, bool compress) MUST_CHECK;

/** Has output_room make sure of @p bytes more, for long texts. To be called before anything is written. */
enum error output_widen(struct output *output, size_t bytes) MUST_CHECK;

/** Writes the buffer out. A failed write is kept: output_close returns it. */
void output_flush(struct output *output);

/** Makes room for output->room bytes at output->at. */
static inline void output_room(struct output *output)
{
	if ((size_t)(output->at - output->buffer) > OUTPUT_BUFFER_BYTES - OUTPUT_ROOM_BYTES)
		output_flush(output);
}

/** Bytes written until now, before compression. */
static inline uint64_t output_bytes(const struct output *output)
{
	return output->flushed + (uint64_t)(output->at - output->buffer);
}

/** Formats text, at most output->room bytes of it, to the file. */
__attribute__((format(printf, 2, 3))) void output_printf(struct output *output, const char *format, ...);

/** Writes UTF-8 as a JSON string, with its quotes: up to 6 bytes for each of the text. */
void output_json_string(struct output *output, const char *text);

/** Flushes, closes, and puts the file in its place. @return the first failure: then an earlier file is still there */
enum error output_close(struct output *output) MUST_CHECK;

/** Closes; what was written is dropped, unless it went into a pipe or a device, and an earlier file stays. @return the first
 * failure */
enum error output_drop(struct output *output) MUST_CHECK;

#endif
