/* Searches the lists of names for the name in a trigger. A list has at most a few thousand names, and a trigger is parsed
 * once, so each search simply asks for the name of every number. */
#include "trace/trigger/value.h"

#include <stdlib.h>
#include <string.h>

#include "trace/convert/fields.h"
#include "trace/dump/nearest.h"

#define BYTE_VALUES 256
#define COUNTER_VALUES 0x1000 /* ids of counters are smaller than this */

bool value_is_ordered(enum trace_field_type type)
{
	char text[NAMES_BYTES];

	return type != TRACE_TYPE_FLOW && !fields_name(text, "", type, 0);
}

enum error value_of_name(enum trace_field_type type, const char *name, const char *config, uint64_t *value)
{
	unsigned values = type == TRACE_TYPE_COUNTER ? COUNTER_VALUES : BYTE_VALUES;
	char text[NAMES_BYTES], hint[NEAREST_MESSAGE_BYTES], present[NAMES_BYTES];
	const char *cause = type == TRACE_TYPE_CAUSE ? names_exit_present(name, present) : NULL;
	const char *wanted = cause ? cause : name;
	struct nearest search;

	if (!fields_name(text, config, type, 0))
		return error_set(ERROR_OPTION, "this field needs a number");
	nearest_begin(&search, name);
	for (unsigned each = 0; each < values; each++) {
		const char *known = fields_name(text, config, type, each);

		nearest_offer(&search, known);
		if (strcmp(known, wanted) == 0 && strcmp(known, "?") != 0) {
			*value = each;
			return ERROR_NONE;
		}
	}
	return error_set(ERROR_OPTION, "this field has no value with this name%s", nearest_message(&search, hint));
}

/** Returns whether @p name is the detail of @p kind, or the last word of this detail. */
static bool is_detail(unsigned kind, const char *name)
{
	char cause[NAMES_BYTES];

	return names_kind_is(kind, name) && strcmp(names_cause(cause, names_kind_cause(kind)), name) != 0;
}

/** Adds all details to a search for the most similar name. CSRs without a name are left out. */
static void offer_details(struct nearest *search, unsigned first)
{
	char text[NAMES_BYTES];

	for (unsigned kind = first; kind < NAMES_KINDS; kind++) {
		const char *blank = strrchr(names_kind_detail(text, kind), ' ');
		const char *word = blank ? blank + 1 : text;

		if (strncmp(word, "0x", 2) == 0)
			continue;
		nearest_offer(search, word);
		nearest_offer(search, text);
	}
}

enum error value_kinds(const char *name, bool calls, bool **kinds)
{
	unsigned first = calls ? NAMES_KIND_SBI : NAMES_KIND_CSR;
	char hint[NEAREST_MESSAGE_BYTES];
	struct nearest search;
	bool any = false;

	*kinds = calloc(NAMES_KINDS, sizeof(**kinds));
	if (!*kinds)
		return error_no_memory();
	for (unsigned kind = first; kind < NAMES_KINDS; kind++)
		any |= (*kinds)[kind] = is_detail(kind, name);
	if (any)
		return ERROR_NONE;
	free(*kinds);
	*kinds = NULL;
	nearest_begin(&search, name);
	offer_details(&search, first);
	return error_set(ERROR_OPTION, "no %s has this name%s", calls ? "SBI function" : "detail of an exit",
			 nearest_message(&search, hint));
}
