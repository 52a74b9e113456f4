/* Makes a dump out of an input of the fuzzer.
 * Called by the targets that read dumps. It does not know how they use the dump. */
#ifndef TRACE_FUZZ_INPUT_H
#define TRACE_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

#define INPUT_PATH_BYTES 64

/** Makes an unnamed file with all bytes of an input except the first one. If bit 0 of the first byte is set, corrects
 * the check sums of the chunks, so that the code that runs after the check is tested, too. If bit 1 is set, corrects
 * the dump's header.
 * @param size size of the input, at least 1
 * @param path receives a path by which the file can be opened
 * @return the file's descriptor, which the caller closes */
int input_file(const uint8_t *data, size_t size, char path[INPUT_PATH_BYTES]);

#endif
