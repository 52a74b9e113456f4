/* The names of the rows that stat and diff print: one column, or two where the rows are causes with their details.
 * Used by those two commands. Knows nothing of the figures beside the names. */
#ifndef TRACE_HSTRACE_ROWS_H
#define TRACE_HSTRACE_ROWS_H

#include "trace/stat/statistics.h"

/** Widths of the columns in characters. All 0 to begin with. */
struct row_widths {
	int name;
	int detail; /* 0: there is no such column */
};

/** Widens the columns so that the names of a row fit. */
void rows_fit(struct row_widths *widths, const char *name, const char *detail);

/** Widens the columns so that their titles fit, and the last row, "all". */
void rows_fit_titles(struct row_widths *widths, enum statistics_key key);

/** Prints the titles of the columns, with a blank behind each. */
void rows_print_titles(const struct row_widths *widths, enum statistics_key key);

/** Prints the names of a row, likewise. */
void rows_print(const struct row_widths *widths, const char *name, const char *detail);

/** Prints the names of a row as members of a JSON object: "cause" and "detail" (null if there is none), or "name". */
void rows_print_json(enum statistics_key key, const char *name, const char *detail);

#endif
