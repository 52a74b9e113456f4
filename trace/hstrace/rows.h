/* Prints the names of the rows of stat and diff: two columns for cause and detail, or one column for the other keys.
 * Used by these two commands. Knows nothing about the numbers beside the names. */
#ifndef TRACE_HSTRACE_ROWS_H
#define TRACE_HSTRACE_ROWS_H

#include "trace/stat/statistics.h"

/** The widths of the columns in characters. Must be all zeros at first. */
struct row_widths {
	int name;
	int detail; /* 0: the column is not printed */
};

/** Widens the columns so that the names of a row fit. */
void rows_fit(struct row_widths *widths, const char *name, const char *detail);

/** Widens the columns so that their titles fit. The last row, which is called "all", then fits as well. */
void rows_fit_titles(struct row_widths *widths, enum statistics_key key);

/** Prints the titles of the columns, each padded to its width and followed by a blank. */
void rows_print_titles(const struct row_widths *widths, enum statistics_key key);

/** Prints the names of a row, padded in the same way. */
void rows_print(const struct row_widths *widths, const char *name, const char *detail);

/** Prints the names of a row as members of a JSON object: "cause" and "detail", which is null if the row has none; or
 * "name" if the key is not the cause. */
void rows_print_json(enum statistics_key key, const char *name, const char *detail);

#endif
