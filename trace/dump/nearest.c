/* Finds the known word with the smallest edit distance from the typed word. The edit distance is the number of changes
 * that turn one word into the other. A change inserts, deletes or replaces a letter, or swaps two neighbours (optimal
 * string alignment). Upper and lower case are equal, and `-`, `_` and a blank are equal, too. A word is suggested only
 * if it needs at most one change for every three letters that were typed. */
#include "trace/dump/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LETTERS_OF_A_CHANGE 3 /* one change is allowed for this many letters of the typed word */

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

/** Fills row @p i of the table of distances, for the first @p i letters of @p a. A row depends only on the two rows
 * above it. So there is memory for three rows only, and row i uses the memory of row i - 3 again. */
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

/** @return the edit distance of two words, which must be shorter than NEAREST_BYTES */
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

const char *nearest_message(const struct nearest *search, char *text)
{
	text[0] = '\0';
	if (search->best[0])
		(void)snprintf(text, NEAREST_MESSAGE_BYTES, ": did you mean %s?", search->best);
	return text;
}
