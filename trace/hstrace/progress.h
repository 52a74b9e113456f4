/* Shows a progress bar on the terminal if work takes more than a second.
 * Called by commands while they read a file. Knows nothing about the commands' work. */
#ifndef TRACE_HSTRACE_PROGRESS_H
#define TRACE_HSTRACE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
	bool shown;           /* a bar is on the terminal */
	struct timespec next; /* the earliest time at which the bar may be drawn again */
};

/** Starts to measure the time. The bar is not shown during the first second. It is never shown if stderr is not a
 * terminal. */
void progress_begin(struct progress *progress);

/** Shows that @p done of @p all bytes have been processed. If the size of the file is unknown, @p all is 0, and the bar
 * is not shown. The function is fast enough to be called for each chunk. */
void progress_show(struct progress *progress, uint64_t done, uint64_t all);

/** Removes the bar from the terminal. Call it before anything else is written to the terminal, and at the end. */
void progress_clear(struct progress *progress);

#endif
