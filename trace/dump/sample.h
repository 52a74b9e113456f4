/* A small dump with all that a dump has: two harts, gaps, a record over a chunk's border, an unknown chunk.
 * Called by tests. Knows nothing of what they do to it. */
#ifndef TRACE_DUMP_SAMPLE_H
#define TRACE_DUMP_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#define SAMPLE_HARTS 2
#define SAMPLE_CHUNKS 10
#define SAMPLE_UNKNOWN 6 /* number of the chunk of an unknown type */

/** Where a chunk of the sample begins and ends. */
struct sample_chunk {
	size_t begin, end;
};

struct sample {
	uint8_t *bytes;
	size_t size;
	struct sample_chunk chunk[SAMPLE_CHUNKS];
};

/** Makes the sample; ends the program if that fails. */
void sample_make(struct sample *sample);
void sample_release(struct sample *sample);

/** An unnamed file with these bytes. @param path 64 bytes, where a name for it goes. @return to be closed */
int sample_file(const void *bytes, size_t size, char *path);

#endif
