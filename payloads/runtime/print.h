/* Prints formatted lines on the console.
 * Called by tests and by test.c. The outputs of two calls are never mixed, even if two harts print at the same time.
 * Must not allocate, and must not trap. */
#ifndef PAYLOADS_RUNTIME_PRINT_H
#define PAYLOADS_RUNTIME_PRINT_H

/** Prints @p format. It may contain %s (string), %d (int), %u (unsigned), %lu (uint64_t) and %lx (uint64_t as 0x…).
 * Holds the console's lock during the call. May be called on any hart in any mode. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
