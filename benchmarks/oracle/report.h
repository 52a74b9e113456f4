/* What a comparison found, as text: a table of the harts, one of the causes, and the first differences with what is around
 * them. Called by main.c. Knows nothing of files. */
#ifndef TRACE_ORACLE_REPORT_H
#define TRACE_ORACLE_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "benchmarks/oracle/expected.h"
#include "benchmarks/oracle/recorded.h"

/** Compares the log's exits with the trace's, hart by hart, and writes what was found to @p out.
 * @param most differences that are shown in full
 * @return whether nothing remains on either side: no loss, the same harts, the same exits, and the same exits in flight */
bool report_write(FILE *out, const struct expected *expected, const struct recorded *recorded, unsigned most);

#endif
