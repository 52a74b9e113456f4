/* Formatted lines on the console.
 * Called by tests and by the test driver; a line of one hart is never mixed with another's.
 * Must not allocate, and must not trap. */
#ifndef PAYLOADS_RUNTIME_PRINT_H
#define PAYLOADS_RUNTIME_PRINT_H

/** Prints @p format with %s (string), %d (int), %u (unsigned), %lu (uint64_t) and %lx (uint64_t as 0x…).
 * Takes the console's lock for the whole call. Any hart, any mode. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
