/* What a guest of this folder says: one line a cost, and the end.
 * Used by the guests of this folder, in M-mode or S-mode. The runner parses these lines.
 * Must not be called between two readings of a counter. */
#ifndef BENCHMARKS_MICRO_REPORT_H
#define BENCHMARKS_MICRO_REPORT_H

#include <stdint.h>

/** Prints `hartscope: cost NAME TOTAL REPETITIONS`.
 * @param total instructions that all repetitions took */
void report_cost(const char *name, uint64_t total);

/** Powers the machine off with success. */
void report_end(void) __attribute__((noreturn));

#endif
