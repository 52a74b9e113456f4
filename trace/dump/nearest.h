/* Which known word somebody meant who typed an unknown one: for "did you mean ...?" in messages.
 * Called by every tool that takes names. Knows nothing of what the words are names of. */
#ifndef TRACE_DUMP_NEAREST_H
#define TRACE_DUMP_NEAREST_H

#define NEAREST_BYTES 96 /* longer words are never suggested */

/** A search for the known word that is most like a typed one. */
struct nearest {
	const char *typed;        /* not copied */
	unsigned distance;        /* of the best so far */
	char best[NEAREST_BYTES]; /* "" if no word so far is like the typed one */
};

/** Begins a search. @param typed stays the caller's, and must stay valid for as long as the search. */
void nearest_begin(struct nearest *search, const char *typed);

/** Offers a known word. Of several that are equally like the typed one, the first offered wins. */
void nearest_offer(struct nearest *search, const char *word);

/** Offers each of @p count known words. */
void nearest_offer_all(struct nearest *search, const char *const *words, unsigned count);

/** The end of a message: ": did you mean WORD?" if a word is like the typed one, else "".
 * @param text receives it: NEAREST_MESSAGE_BYTES
 * @return text */
#define NEAREST_MESSAGE_BYTES (NEAREST_BYTES + 24)
const char *nearest_message(const struct nearest *search, char *text);

#endif
