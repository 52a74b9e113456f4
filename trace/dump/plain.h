/* Recovers the text that a console wrote from a log that a program saved as UTF-16, with colours, as HTML or as JSON.
 * Called by the search for frames with the bytes of a log. Knows nothing of frames. */
#ifndef TRACE_DUMP_PLAIN_H
#define TRACE_DUMP_PLAIN_H

#include <stddef.h>
#include <stdint.h>

#define PLAIN_HELD_BYTES 128

/** Called with all characters, in order. @param place of the first in the log; the others follow it there byte by byte */
typedef void plain_characters(const char *text, size_t count, uint64_t place, void *context);

/** Where the reading of a log stands. Starts as zeros with `take` and `context` set. */
struct plain {
	plain_characters *take;
	void *context;
	uint64_t place;                    /* of the next byte in the log */
	size_t held;                       /* bytes that may be a sequence that stands for something else */
	char text[PLAIN_HELD_BYTES];       /* these bytes */
	uint64_t places[PLAIN_HELD_BYTES]; /* where they are in the log */
	uint64_t zeros, colours,
		characters; /* what was found: zero bytes, terminal sequences, characters written as numbers */
};

/** Takes the next @p count bytes of the log.
 * - Zero bytes are left out: of UTF-16 and UTF-32, in either order, the ASCII characters remain.
 * - Sequences for terminals (ECMA-48) are left out.
 * - &lt; &#43; \u003c \/ %3C and the like become the characters that they stand for, even if the log was escaped twice. */
void plain_bytes(struct plain *plain, const char *bytes, size_t count);

/** Passes on what is held. To be called once, at the log's end. */
void plain_end(struct plain *plain);

#endif
