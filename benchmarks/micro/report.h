/* What a guest of this folder prints: one line a cost, and the end.
 * Used by the guests of this folder, in M-mode or S-mode. The runner parses these lines.
 * Must not be called between two readings of a counter. */
#ifndef BENCHMARKS_MICRO_REPORT_H
#define BENCHMARKS_MICRO_REPORT_H

#include <stdint.h>

/** Prints `hartscope: cost NAME TOTAL REPETITIONS`.
 * @param name of the figure: lower-case letters, digits and underscores
 * @param total instructions that all repetitions took
 * @param repetitions at least 1 */
void report_cost(const char *name, uint64_t total, uint64_t repetitions);

/** Powers the machine off with success. */
void report_end(void) __attribute__((noreturn));

#endif
