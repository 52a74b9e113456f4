/* Finds the frames of console.h in a log, whatever else is in it.
 * Called by the extractor with the log's bytes, in pieces of any size. Knows nothing of what frames say together. */
#ifndef TRACE_DUMP_LOG_H
#define TRACE_DUMP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/dump/console.h"

/** How far apart a frame's begin and end may be: more than this between them is not cut out. */
#define LOG_REACH 2048
#define LOG_WINDOW_BYTES (64 * 1024)

/** Called with each frame that its check sum proves, in the order of the log.
 * @param offset of the frame in the log */
typedef void log_frame(const struct console_frame *frame, uint64_t offset, void *context);

/** Where the search stands. Starts as zeros with `found` and `context` set. */
struct log_search {
	log_frame *found;
	void *context;
	uint64_t frames;           /* proven */
	uint64_t repaired;         /* of those, with something between cut out, or with a damaged begin or end */
	uint64_t damaged;          /* begins of frames that could not be proven */
	uint64_t first_damaged;    /* offset of the first of them */
	uint64_t offset;           /* of window[0] in the log */
	uint64_t taken;            /* offset after the last frame proven */
	struct console_frame last; /* frame proven */
	size_t used;
	char window[LOG_WINDOW_BYTES];
};

/** Searches on in the next @p bytes of the log. */
void log_search(struct log_search *search, const char *log, size_t bytes);

/** Searches what is left, at the log's end. */
void log_search_end(struct log_search *search);

#endif
