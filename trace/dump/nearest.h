/* Finds the known word that a user probably meant when they typed an unknown word. Messages then ask "did you mean
 * ...?".
 * Called by every tool that takes names. It does not know what the names stand for. */
#ifndef TRACE_DUMP_NEAREST_H
#define TRACE_DUMP_NEAREST_H

#define NEAREST_BYTES 96 /* longer words are never suggested */

/** A search for the known word that is most like a typed one. */
struct nearest {
	const char *typed;        /* not copied */
	unsigned distance;        /* edit distance of `best`; a word must be nearer than this to replace it */
	char best[NEAREST_BYTES]; /* the nearest word so far; "" if none is near enough */
};

/** Begins a search. @p typed is not copied: it must stay valid as long as @p search is in use. */
void nearest_begin(struct nearest *search, const char *typed);

/** Offers a known word. If several words are equally near, the first one wins. */
void nearest_offer(struct nearest *search, const char *word);

#define NEAREST_MESSAGE_BYTES (NEAREST_BYTES + 24)

/** Writes the end of a message. It is ": did you mean WORD?" if a word is near enough, and "" otherwise.
 * @param text receives the end of the message; has room for NEAREST_MESSAGE_BYTES bytes
 * @return text */
const char *nearest_message(const struct nearest *search, char *text);

#endif
