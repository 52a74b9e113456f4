/* Finds the function at a program counter, and its name in the form that CSV or JSON needs. Each name is escaped once,
 * when the table is opened, and not again for each record.
 * The conversions to JSON and CSV use it. Knows nothing of records. */
#ifndef TRACE_CONVERT_FUNCTION_TEXT_H
#define TRACE_CONVERT_FUNCTION_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/convert/symbols.h"
#include "trace/error/error.h"

/** One byte of a name becomes at most this many bytes, in CSV as well as in JSON. */
#define FUNCTION_TEXT_FACTOR 6

/** The name of a function. */
struct function_text {
	const char *text; /* without the quotes around it */
	uint32_t length;
	bool quoted; /* CSV: the whole field must stand in quotes */
};

#define FUNCTION_TEXT_PLACES 4096 /* a power of 2 */

/** A program counter, and the function that contains it. */
struct function_place {
	uint64_t pc, offset;
	const struct function_text *function; /* NULL if no function contains the program counter */
};

/** All names. If it is all zeros, there are no functions. */
struct function_texts {
	const struct symbols *symbols;
	struct function_text *table;  /* by the number of the function */
	char *bytes;                  /* the texts of all names */
	struct function_place *place; /* the program counters that were looked up last; by their hash */
};

/** Escapes the names of all functions.
 * @param symbols must exist until function_texts_close(); may be NULL
 * @param csv true for the form of a CSV field, false for JSON
 * @return ERROR_MEMORY; @p texts is then empty */
enum error function_texts_open(struct function_texts *texts, const struct symbols *symbols, bool csv) MUST_CHECK;

/** Finds the function that contains @p pc.
 * @param offset receives the distance from the start of the function to @p pc
 * @return NULL if no function contains it, or if there are no functions */
const struct function_text *function_texts_find(struct function_texts *texts, uint64_t pc, uint64_t *offset);

/** Frees the names, and sets @p texts to zeros. */
void function_texts_close(struct function_texts *texts);

#endif
