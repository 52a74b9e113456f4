/* Recovers the text of a console from a log that a program saved in another form, such as UTF-16, HTML or JSON, or
 * with colours.
 * Called by the search for frames (log.c) with the bytes of a log. It does not know what a frame is. */
#ifndef TRACE_DUMP_PLAIN_H
#define TRACE_DUMP_PLAIN_H

#include <stddef.h>
#include <stdint.h>

#define PLAIN_HELD_BYTES 128

/** The type of a function that receives the characters of the text in order, one or more in each call.
 * @param place offset in the log of the first character, in bytes; each further character is one byte after the one
 *              before it */
typedef void plain_characters(const char *text, size_t count, uint64_t place, void *context);

/** The state of a log that is being read. Before the first call, set `take` and `context`, and set everything else to
 * zeros. */
struct plain {
	plain_characters *take;
	void *context;  /* passed to `take` */
	uint64_t place; /* offset of the next byte in the log */
	size_t held;    /* number of characters that are held back, because they may be part of a sequence */
	char text[PLAIN_HELD_BYTES];       /* these characters */
	uint64_t places[PLAIN_HELD_BYTES]; /* where they are in the log */
	uint64_t zeros;                    /* number of zero bytes left out so far */
	uint64_t colours;                  /* number of sequences for terminals left out so far */
	uint64_t characters;               /* number of sequences replaced by a character so far */
};

/** Processes the next @p count bytes of the log, and passes on the plain text in them.
 * - Leaves out zero bytes. This turns UTF-16 and UTF-32, in either byte order, into their ASCII characters.
 * - Leaves out sequences for terminals (ECMA-48).
 * - Replaces sequences such as &lt; &#43; \u003c \/ and %3C by the characters that they stand for, even if the log was
 *   escaped twice. */
void plain_bytes(struct plain *plain, const char *bytes, size_t count);

/** Passes on the characters that are held back. Call it once, at the end of the log. */
void plain_end(struct plain *plain);

#endif
