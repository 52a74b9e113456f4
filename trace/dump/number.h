/* Numbers as people type them in options. Called by every tool of the trace.
 * Knows nothing of what they count. */
#ifndef TRACE_DUMP_NUMBER_H
#define TRACE_DUMP_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/** Reads a whole text as a number: decimal, also with zeros in front, or hexadecimal after 0x.
 * @return whether it is one below 2^64; if not, @p value stays. Pure. */
bool number_read(const char *text, uint64_t *value);

#endif
