/* The whole contents of a file in memory. A regular file is mapped; a pipe or a file of /proc is read to its end, and a file
 * that is compressed with gzip or zstd is unpacked.
 * Used by everything that reads ELF files and lists of symbols. It does not interpret the bytes. */
#ifndef TRACE_ELF_FILE_BYTES_H
#define TRACE_ELF_FILE_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/error/error.h"

#define FILE_BYTES_MOST                                                                                                \
	(2ull << 30) /* a pipe or a compressed file with more bytes is an error; files that are mapped have no limit */

struct file_bytes {
	const uint8_t *bytes;
	uint64_t size; /* at least 1 */
	bool is_mapped;
};

/** Opens a file. Error messages begin with @p path. After an error, do not call file_bytes_close().
 * @return ERROR_SYSTEM, ERROR_MEMORY, or ERROR_DATA if the file is empty, is a pipe with more than
 * FILE_BYTES_MOST, or cannot be unpacked */
enum error file_bytes_open(struct file_bytes *file, const char *path) MUST_CHECK;

/** Frees the bytes. Does nothing if @p file is all zeros. */
void file_bytes_close(struct file_bytes *file);

#endif
