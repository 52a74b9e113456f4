/* Prints the names of the rows in the tables of hstrace stat and diff. If the key is the cause, a name takes two
 * columns, for cause and detail. With any other key, a name takes one column.
 * Used by these two commands. Knows nothing about the numbers in the other columns. */
#ifndef TRACE_HSTRACE_ROWS_H
#define TRACE_HSTRACE_ROWS_H

#include "trace/stat/statistics.h"

/** The widths of the columns in characters. Both widths must be 0 at first. */
struct row_widths {
	int name;
	int detail; /* 0 if this column is not printed */
};

/** Widens the columns, if necessary, so that the names of a row fit. */
void rows_fit(struct row_widths *widths, const char *name, const char *detail);

/** Widens the columns, if necessary, so that their titles fit. The name of the last row, "all", is shorter than any
 * title. */
void rows_fit_titles(struct row_widths *widths, enum statistics_key key);

/** Prints the titles of the columns, each padded to its width and followed by a blank. */
void rows_print_titles(const struct row_widths *widths, enum statistics_key key);

/** Prints the names of a row. Each name is padded to the width of its column and followed by a blank. */
void rows_print(const struct row_widths *widths, const char *name, const char *detail);

/** Prints the names of a row as members of a JSON object. If the key is the cause, the members are "cause" and
 * "detail"; "detail" is null if the row has no detail. With any other key, the only member is "name". */
void rows_print_json(enum statistics_key key, const char *name, const char *detail);

#endif
