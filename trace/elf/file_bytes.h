/* All bytes of a file in memory: of a regular file, which is mapped, or of a pipe or /proc file, which is read to its end.
 * Used by what reads ELF files and lists of symbols. Knows nothing of what the bytes mean. */
#ifndef TRACE_ELF_FILE_BYTES_H
#define TRACE_ELF_FILE_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/error/error.h"

#define FILE_BYTES_MOST (2ull << 30) /* a pipe that has more is refused */

struct file_bytes {
	const uint8_t *bytes;
	uint64_t size; /* at least 1 */
	bool is_mapped;
};

/** Opens @p path, with which messages begin. An empty file is an error. After an error nothing is to be closed. */
enum error file_bytes_open(struct file_bytes *file, const char *path) MUST_CHECK;

/** Ends the use of the bytes. Does nothing to a struct that is all 0. */
void file_bytes_close(struct file_bytes *file);

#endif
