/* Reads numbers as people type them in options.
 * Called by every tool in trace/. It does not know what the numbers mean. */
#ifndef TRACE_DUMP_NUMBER_H
#define TRACE_DUMP_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/** Reads a number. The text must contain nothing else. The number is decimal, even with zeros in front, or it is
 * hexadecimal and begins with 0x.
 * @param value receives the number; unchanged if the text is not a number
 * @return whether the text is a number below 2^64 */
bool number_read(const char *text, uint64_t *value);

#endif
