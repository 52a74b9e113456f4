/* A small dump for tests. It has two harts, gaps, a record that continues in the next chunk, and a chunk of an unknown
 * type.
 * Called by tests, which read the dump or damage it. */
#ifndef TRACE_DUMP_SAMPLE_H
#define TRACE_DUMP_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#define SAMPLE_HARTS 2
#define SAMPLE_CHUNKS 10
#define SAMPLE_UNKNOWN 6 /* index of the chunk of an unknown type */

/** Where a chunk of the sample begins and ends, in bytes. */
struct sample_chunk {
	size_t begin, end;
};

struct sample {
	uint8_t *bytes;
	size_t size;
	struct sample_chunk chunk[SAMPLE_CHUNKS];
};

/** Makes the sample. Ends the program if that fails. */
void sample_make(struct sample *sample);

/** Frees the sample. */
void sample_release(struct sample *sample);

/** Creates an unnamed file with these bytes. Ends the program if that fails.
 * @param path receives a path by which the file can be opened; 64 bytes
 * @return a descriptor, which the caller closes */
int sample_file(const void *bytes, size_t size, char *path);

#endif
