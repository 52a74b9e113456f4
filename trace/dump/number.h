/* Reads numbers as people type them in options.
 * Called by every tool of the trace. Knows nothing of what the numbers mean. */
#ifndef TRACE_DUMP_NUMBER_H
#define TRACE_DUMP_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/** Reads a number, which must be the whole text: decimal, even with zeros in front, or hexadecimal after 0x.
 * @param value receives the number; unchanged if the text is not a number
 * @return whether the text is a number below 2^64 */
bool number_read(const char *text, uint64_t *value);

#endif
