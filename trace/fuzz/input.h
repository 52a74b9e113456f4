/* An input as a dump: what the targets that read dumps have in common.
 * Called by those targets. Knows nothing of what they do with it. */
#ifndef TRACE_FUZZ_INPUT_H
#define TRACE_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

#define INPUT_PATH_BYTES 64

/** Makes a file of all bytes of an input but the first. Bit 0 of that: the chunks' check sums are made right first, so that
 * what they guard is reached. Bit 1: the header, too.
 * @param size at least 1 @param path receives a name that the file can be opened by @return the file, to be closed */
int input_file(const uint8_t *data, size_t size, char path[INPUT_PATH_BYTES]);

#endif
