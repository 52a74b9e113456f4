/* The guest's RAM, as a file that QEMU shares, by physical address; and hv's directory in it.
 * Called by what reads hv's data while the guest runs. Knows nothing of the trace. */
#ifndef TRACE_LIVE_MEMORY_H
#define TRACE_LIVE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "trace/error/error.h"

struct guest_memory {
	int file;
	uint8_t *bytes; /* mapped */
	uint64_t base;  /* physical address of the first */
	uint64_t size;
};

/** Maps the file. It must have its full size already: QEMU gives it that before the guest runs.
 * @param base     physical address of its first byte
 * @param writable map it for writing too; else nothing here can change the guest */
enum error memory_map(struct guest_memory *memory, const char *path, uint64_t base, bool writable) MUST_CHECK;

/** After it, or if memory_map() has failed, memory->bytes is null. */
void memory_unmap(struct guest_memory *memory);

/** Whether @p path is another file now than the one that is mapped: what is mapped does not change any more. */
bool memory_is_replaced(const struct guest_memory *memory, const char *path);

/** What lies at a physical address: words of 64 bits, which may change at any time.
 * @return null if not all of @p bytes is in RAM, or not at a multiple of 8 in it */
void *memory_at(const struct guest_memory *memory, uint64_t address, uint64_t bytes);

/** The directory's address by its magic at a 4 KiB border, in the part of the file that has data.
 * @return 0 while there is none: hv writes the magic last */
uint64_t memory_find_directory(const struct guest_memory *memory);

/** Whether the directory's magic is at @p address. */
bool memory_has_directory(const struct guest_memory *memory, uint64_t address);

/** Copies the directory at @p address. @return ERROR_DATA if it is not one that this tool reads; the message does not name
 * the memory */
enum error memory_read_directory(const struct guest_memory *memory, uint64_t address,
				 struct hartscope_directory *directory) MUST_CHECK;

#endif
