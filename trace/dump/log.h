/* Finds the frames of console.h in a log that may contain anything else.
 * Called by hstrace extract with the log's bytes, in pieces of any size. It does not know how frames make up a dump. */
#ifndef TRACE_DUMP_LOG_H
#define TRACE_DUMP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/format/console.h"
#include "trace/dump/plain.h"

/** At most this many characters are cut out of the middle of a frame. */
#define LOG_REACH 2048
#define LOG_WINDOW_BYTES (64 * 1024)
#define LOG_FIRST_BYTES 8

/** The type of a function that the search calls with each frame that has a right check sum, in the order of the log.
 * @param offset where the frame begins in the log, in bytes */
typedef void log_frame(const struct console_frame *frame, uint64_t offset, void *context);

/** Facts about the log, such as texts in it that look like damaged frames. If no dump was found, messages use them to
 * explain why. */
struct log_nature {
	uint64_t bytes;                 /* length of the log */
	uint8_t first[LOG_FIRST_BYTES]; /* the first bytes of the log; zeros if it is shorter */
	uint64_t mentions; /* number of times that "hst:" occurs, in upper or lower case, without a frame after it */
	uint64_t cut;      /* number of frames that end too early, at the end of a line */
	size_t cut_at;     /* length of the longest of these frames */
	uint64_t recased;  /* number of frames that have letters of only one case */
};

/** The state of a search. Before the first call, set `found` and `context`, and set everything else to zeros. */
struct log_search {
	log_frame *found;
	void *context;          /* passed to `found` */
	uint64_t frames;        /* number of frames whose check sum is right */
	uint64_t repaired;      /* how many of these frames had text in their middle, or a damaged "<hst:" or ">" */
	uint64_t damaged;       /* number of times that "<hst:" occurs without a frame after it */
	uint64_t first_damaged; /* offset in the log of the first "<hst:" without a frame */
	uint64_t offset;        /* how many characters of the log (plain.h) come before window[0] */
	uint64_t taken;         /* how many characters of the log come before the end of the last frame */
	struct log_nature nature;
	struct plain plain;
	struct console_frame last; /* the last frame that was found */
	size_t used;               /* number of characters in the window */
	char window[LOG_WINDOW_BYTES];
	uint64_t place[LOG_WINDOW_BYTES]; /* where each character of the window begins in the log, in bytes */
};

/** Searches the next @p bytes bytes of the log. */
void log_search(struct log_search *search, const char *log, size_t bytes);

/** Searches the text that is still in the window. Call it once, at the end of the log. */
void log_search_end(struct log_search *search);

#endif
