/* Reads the guest's RAM by physical address, from the file that QEMU shares, and finds hv's directory in it.
 * Called by hstrace live and the recorder. Knows nothing about the trace. */
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

/** Maps the file. It must have its full size already: QEMU gives it that before the guest runs.
 * @param base     physical address of its first byte
 * @param writable map it for writing as well; otherwise nothing here can change the guest
 * @return ERROR_SYSTEM if the file cannot be mapped; then there is nothing to unmap */
enum error memory_map(struct guest_memory *memory, const char *path, uint64_t base, bool writable) MUST_CHECK;

/** Unmaps and closes the file. memory->bytes is null afterwards, as it is after memory_map() has failed. */
void memory_unmap(struct guest_memory *memory);

/** Whether @p path now names another file than the mapped one. If so, the mapped memory no longer changes. */
bool memory_is_replaced(const struct guest_memory *memory, const char *path);

/** A pointer to @p bytes at a physical address. They may change at any time.
 * @return null if they are not all in RAM, or if the address is not a multiple of 8 */
void *memory_at(const struct guest_memory *memory, uint64_t address, uint64_t bytes);

/** Searches for hv's directory by its magic, at multiples of 4 KiB.
 * @return its physical address; 0 if there is none, or if hv has not finished it, since hv writes the magic last */
uint64_t memory_find_directory(const struct guest_memory *memory);

/** Whether the directory's magic is at @p address. */
bool memory_has_directory(const struct guest_memory *memory, uint64_t address);

/** Copies the directory at @p address. Fields that an older hv lacks become 0.
 * @return ERROR_DATA if it is not a directory that this tool can read; the message does not name the memory file */
enum error memory_read_directory(const struct guest_memory *memory, uint64_t address,
				 struct hartscope_directory *directory) MUST_CHECK;

#endif
