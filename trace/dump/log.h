/* Finds the frames of console.h in a log, whatever else is in it.
 * Called by the extractor with the log's bytes, in pieces of any size. Knows nothing of what frames say together. */
#ifndef TRACE_DUMP_LOG_H
#define TRACE_DUMP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/format/console.h"
#include "trace/dump/plain.h"

/** How far apart a frame's begin and end may be: more than this between them is not cut out. */
#define LOG_REACH 2048
#define LOG_WINDOW_BYTES (64 * 1024)
#define LOG_FIRST_BYTES 8

/** Called with each frame that its check sum proves, in the order of the log.
 * @param offset of the frame in the log */
typedef void log_frame(const struct console_frame *frame, uint64_t offset, void *context);

/** What a log has that looks like a dump, to explain why none was found. */
struct log_nature {
	uint64_t bytes;
	uint8_t first[LOG_FIRST_BYTES]; /* bytes of the log, as far as there are so many */
	uint64_t mentions;              /* "hst:" in upper or lower case, without a frame behind it */
	uint64_t cut;                   /* frames that end too early, at the end of a line */
	size_t cut_at;                  /* length of the longest of them */
	uint64_t recased;               /* frames with letters of one case only */
};

/** Where the search stands. Starts as zeros with `found` and `context` set. */
struct log_search {
	log_frame *found;
	void *context;
	uint64_t frames;        /* proven */
	uint64_t repaired;      /* of those, with something between cut out, or with a damaged begin or end */
	uint64_t damaged;       /* begins of frames that could not be proven */
	uint64_t first_damaged; /* offset of the first of them */
	uint64_t offset;        /* of window[0] in the log's characters (plain.h) */
	uint64_t taken;         /* after the last frame proven, in the same unit */
	struct log_nature nature;
	struct plain plain;
	struct console_frame last; /* frame proven */
	size_t used;
	char window[LOG_WINDOW_BYTES];
	uint64_t place[LOG_WINDOW_BYTES]; /* of each of its characters in the log */
};

/** Searches on in the next @p bytes of the log. */
void log_search(struct log_search *search, const char *log, size_t bytes);

/** Searches what is left, at the log's end. */
void log_search_end(struct log_search *search);

#endif
