/* Draws the bar at most once a second, and only on a terminal. A carriage return moves the cursor to the start of the
 * line, so that each bar replaces the previous bar. */
#include "trace/hstrace/progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR "########################################"
#define BAR_WIDTH (sizeof(BAR) - 1)

static bool reached(const struct timespec *when)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > when->tv_sec || (now.tv_sec == when->tv_sec && now.tv_nsec >= when->tv_nsec);
}

void progress_begin(struct progress *progress)
{
	progress->shown = false;
	(void)clock_gettime(CLOCK_MONOTONIC, &progress->next);
	progress->next.tv_sec++;
}

void progress_show(struct progress *progress, uint64_t done, uint64_t all)
{
	/* If the file grows while it is read, @p done can be greater than @p all. */
	if (all == 0 || done > all || !reached(&progress->next))
		return;
	progress->next.tv_sec++;
	if (!isatty(STDERR_FILENO))
		return;

	int width = (int)((double)done / (double)all * (double)BAR_WIDTH);

	progress->shown = true;
	(void)fprintf(stderr, "\r[%.*s%*s] %3.0f%%", width, BAR, (int)BAR_WIDTH - width, "",
		      (double)done / (double)all * 100);
}

void progress_clear(struct progress *progress)
{
	if (progress->shown)
		(void)fprintf(stderr, "\r\x1b[K");
	progress->shown = false;
}
