/* A progress bar on the terminal, for work that takes more than a second.
 * Called by commands as they go through a file. Knows nothing about what they do. */
#ifndef TRACE_HSTRACE_PROGRESS_H
#define TRACE_HSTRACE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
	bool shown;           /* a bar is on the terminal */
	struct timespec next; /* when it may be drawn next */
};

/** Starts the clock. Nothing is shown during the first second, and nothing at all if stderr is not a terminal. */
void progress_begin(struct progress *progress);

/** Shows that @p done of @p all bytes are done. If @p all is 0, the size is unknown and nothing is shown. It is cheap
 * enough to be called for each chunk. */
void progress_show(struct progress *progress, uint64_t done, uint64_t all);

/** Removes the bar. Call it before anything else is written to the terminal, and at the end. */
void progress_clear(struct progress *progress);

#endif
