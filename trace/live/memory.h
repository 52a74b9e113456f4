/* Reads the guest's RAM by physical address, from the file that QEMU shares, and finds hv's directory in it.
 * Called by hstrace live and the recorder. It knows nothing about the trace. */
#ifndef TRACE_LIVE_MEMORY_H
#define TRACE_LIVE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "trace/error/error.h"

struct guest_memory {
	int file;
	uint8_t *bytes; /* the mapped file */
	uint64_t base;  /* physical address of its first byte */
	uint64_t size;  /* in bytes */
};

/** Maps the file. The file must already have its full size. QEMU sets this size before the guest runs.
 * @param base     physical address of its first byte
 * @param writable whether to map the file for writing, too; if not, nothing here can change the guest's memory
 * @return ERROR_SYSTEM if the file cannot be mapped; in this case there is nothing to unmap */
enum error memory_map(struct guest_memory *memory, const char *path, uint64_t base, bool writable) MUST_CHECK;

/** Unmaps and closes the file. memory->bytes is null afterwards, as it is after memory_map() has failed. */
void memory_unmap(struct guest_memory *memory);

/** Whether @p path now names a different file than the mapped one. If so, the guest no longer uses the mapped file. */
bool memory_is_replaced(const struct guest_memory *memory, const char *path);

/** Returns a pointer to the @p bytes bytes at a physical address. The guest may change them at any time.
 * @return null if some of the bytes are not in RAM, or if the address is not a multiple of 8 */
void *memory_at(const struct guest_memory *memory, uint64_t address, uint64_t bytes);

/** Searches for hv's directory by its magic, at multiples of 4 KiB.
 * @return the directory's physical address; 0 if there is no directory, or if hv has not finished it. hv writes the
 * magic last */
uint64_t memory_find_directory(const struct guest_memory *memory);

/** Whether the directory's magic is at @p address. */
bool memory_has_directory(const struct guest_memory *memory, uint64_t address);

/** Copies the directory at @p address. Fields that an older hv lacks become 0.
 * @return ERROR_DATA if there is no directory that this tool can read; the caller has to add the file's name to the
 * message */
enum error memory_read_directory(const struct guest_memory *memory, uint64_t address,
				 struct hartscope_directory *directory) MUST_CHECK;

#endif
