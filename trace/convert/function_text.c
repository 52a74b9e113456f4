/* The texts of all names lie one after the other in one block of memory. A table of the program counters that were
 * looked up last makes most searches unnecessary, because a guest exits to hv at few places. */
#include "trace/convert/function_text.h"

#include <stdlib.h>
#include <string.h>

#include "trace/convert/escape.h"

_Static_assert(FUNCTION_TEXT_FACTOR >= ESCAPE_JSON_FACTOR, "a name in JSON fits");
_Static_assert(FUNCTION_TEXT_FACTOR >= ESCAPE_FACTOR && FUNCTION_TEXT_FACTOR >= 2, "a name in CSV fits");

/** Doubles the quotes in a text, as a field of CSV in quotes needs it (RFC 4180). @return the length of the result */
static size_t double_quotes(char *text, size_t length)
{
	size_t quotes = 0;

	for (size_t i = 0; i < length; i++)
		quotes += text[i] == '"';
	for (size_t from = length, to = length + quotes; from < to;) {
		text[--to] = text[--from];
		if (text[from] == '"')
			text[--to] = '"';
	}
	return length + quotes;
}

/** Writes the name of a function to @p to. */
static struct function_text make_text(char *to, const char *name, bool csv)
{
	struct function_text function = { .text = to };
	size_t length = csv ? escape_more(to, name, "") : escape_json(to, name);

	function.quoted = csv && strpbrk(to, "\",");
	function.length = (uint32_t)(function.quoted ? double_quotes(to, length) : length);
	return function;
}

enum error function_texts_open(struct function_texts *texts, const struct symbols *symbols, bool csv)
{
	size_t count = symbols_count(symbols), used = 0, bytes = 1;

	*texts = (struct function_texts){ .symbols = symbols };
	if (!count)
		return ERROR_NONE;
	for (size_t i = 0; i < count; i++)
		bytes += FUNCTION_TEXT_FACTOR * strlen(symbols_name(symbols, i)) + 1;
	texts->table = malloc(count * sizeof(*texts->table));
	texts->bytes = malloc(bytes);
	texts->place = calloc(FUNCTION_TEXT_PLACES, sizeof(*texts->place));
	if (!texts->table || !texts->bytes || !texts->place) {
		function_texts_close(texts);
		return error_no_memory();
	}
	for (size_t i = 0; i < count; i++) {
		texts->table[i] = make_text(texts->bytes + used, symbols_name(symbols, i), csv);
		used += texts->table[i].length + 1;
	}
	return ERROR_NONE;
}

/** Looks for the function in the table of symbols. */
static struct function_place look_up(const struct function_texts *texts, uint64_t pc)
{
	struct function_place place = { .pc = pc };
	size_t number;

	if (symbols_place(texts->symbols, pc, &number)) {
		place.function = &texts->table[number];
		place.offset = pc - symbols_start(texts->symbols, number);
	}
	return place;
}

const struct function_text *function_texts_find(struct function_texts *texts, uint64_t pc, uint64_t *offset)
{
	if (!texts->table)
		return NULL;

	struct function_place *place = &texts->place[(pc * 0x9e3779b97f4a7c15ull >> 32) % FUNCTION_TEXT_PLACES];

	/* A place that is not in use yet looks like pc 0 without a function, so pc 0 is always looked up. */
	if (place->pc != pc || !pc)
		*place = look_up(texts, pc);
	*offset = place->offset;
	return place->function;
}

void function_texts_close(struct function_texts *texts)
{
	free(texts->table);
	free(texts->bytes);
	free(texts->place);
	*texts = (struct function_texts){ 0 };
}
