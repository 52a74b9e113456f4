/* Finds the nearest word by edit distance: the least number of letters to insert, delete or replace, or of neighbours to
 * swap (optimal string alignment). Upper and lower case, and `-`, `_` and blank, count as the same letter. A word that needs
 * more changes than a third of the typed word's letters is not what was meant. */
#include "trace/dump/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LETTERS_OF_A_CHANGE 3 /* of the typed word, for each change that is allowed */

static char fold_letter(char letter)
{
	if (letter == '-' || letter == ' ')
		return '_';
	return (char)tolower((unsigned char)letter);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/** Fills the row of the table of distances for letter @p i of @p a, from the two rows before it. */
static void fill_row(const char *a, const char *b, size_t i, unsigned (*rows)[NEAREST_BYTES])
{
	unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *second_above = rows[(i + 1) % 3];

	row[0] = (unsigned)i;
	for (size_t j = 1; b[j - 1]; j++) {
		char left = fold_letter(a[i - 1]), right = fold_letter(b[j - 1]);

		row[j] = least(least(row[j - 1], above[j]) + 1, above[j - 1] + (left != right));
		if (i > 1 && j > 1 && left == fold_letter(b[j - 2]) && fold_letter(a[i - 2]) == right)
			row[j] = least(row[j], second_above[j - 2] + 1);
	}
}

/** Edit distance of two words, both shorter than NEAREST_BYTES. */
static unsigned distance_of(const char *a, const char *b)
{
	unsigned rows[3][NEAREST_BYTES];
	size_t length = strlen(a);

	for (unsigned j = 0; j <= strlen(b); j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= length; i++)
		fill_row(a, b, i, rows);
	return rows[length % 3][strlen(b)];
}

void nearest_begin(struct nearest *search, const char *typed)
{
	*search = (struct nearest){ .typed = typed, .distance = (unsigned)strlen(typed) / LETTERS_OF_A_CHANGE + 1 };
}

void nearest_offer(struct nearest *search, const char *word)
{
	if (strlen(search->typed) >= NEAREST_BYTES || strlen(word) >= NEAREST_BYTES)
		return;

	unsigned distance = distance_of(search->typed, word);

	if (distance >= search->distance)
		return;
	search->distance = distance;
	(void)snprintf(search->best, sizeof(search->best), "%s", word);
}

void nearest_offer_all(struct nearest *search, const char *const *words, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		nearest_offer(search, words[i]);
}

const char *nearest_message(const struct nearest *search, char *text)
{
	text[0] = '\0';
	if (search->best[0])
		(void)snprintf(text, NEAREST_MESSAGE_BYTES, ": did you mean %s?", search->best);
	return text;
}
