/* Compares log and trace, and writes the result as text: a table of the harts, a table of the causes, and the first
 * differences with the exits around them.
 * Called by main.c.
 * Must not know where log and trace come from. */
#ifndef TRACE_ORACLE_REPORT_H
#define TRACE_ORACLE_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "benchmarks/oracle/expected.h"
#include "benchmarks/oracle/recorded.h"

/** Compares the exits in the log with the exits in the trace for each hart, and writes the result to @p out.
 * @param most the maximum number of differences that are shown for each hart
 * @return whether log and trace agree: no slot was lost, and both contain the same harts, the same exits, and the same
 * exits in flight */
bool report_write(FILE *out, const struct expected *expected, const struct recorded *recorded, unsigned most);

#endif
