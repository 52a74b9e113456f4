/* A bar on the terminal for what takes over a second.
 * Called by commands as they go through a file. Knows nothing of what they do. */
#ifndef TRACE_HSTRACE_PROGRESS_H
#define TRACE_HSTRACE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
	bool shown;           /* a bar is on the terminal */
	struct timespec next; /* when it is drawn next */
};

/** Nothing is shown before a second from now, nor ever if stderr is no terminal. */
void progress_begin(struct progress *progress);

/** @p done of @p all bytes are done; 0 of all: not known, and nothing is shown. Cheap enough for each chunk. */
void progress_show(struct progress *progress, uint64_t done, uint64_t all);

/** Takes the bar away: before anything else is written, and at the end. */
void progress_clear(struct progress *progress);

#endif
