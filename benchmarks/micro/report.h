/* Prints the costs that a guest of this folder has measured, and ends the run.
 * Used by the guests of this folder, in M-mode or S-mode. The runner parses the lines.
 * Must not be called between two readings of a counter. */
#ifndef BENCHMARKS_MICRO_REPORT_H
#define BENCHMARKS_MICRO_REPORT_H

#include <stdint.h>

/** Prints `hartscope: cost NAME TOTAL REPETITIONS`.
 * @param name        the name of the figure: lower-case letters, digits and underscores
 * @param total       the instructions of all repetitions
 * @param repetitions how often the operation was executed, at least 1 */
void report_cost(const char *name, uint64_t total, uint64_t repetitions);

/** Powers the machine off with success. */
void report_end(void) __attribute__((noreturn));

#endif
