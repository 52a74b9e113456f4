/* The events and fields of a dump, by the dump's own list, so that dumps of other versions stay readable.
 * Called by the writer (to embed the list) and by tools that show events. Knows nothing of records. */
#ifndef TRACE_DUMP_SCHEMA_H
#define TRACE_DUMP_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"
#include "trace/format/event_fields.h"

#define SCHEMA_NAME_BYTES 32
#define SCHEMA_FIELDS 16
#define SCHEMA_EVENTS 256 /* all that an id can name */

/** Bits [first, first + bits) of word @p word of an event's records; 0 is the header's payload, 1 the first EXT slot's. */
struct schema_field {
	char name[SCHEMA_NAME_BYTES];
	char type[SCHEMA_NAME_BYTES]; /* as the dump has it */
	enum trace_field_type shown;  /* the same, if this build knows it; else TRACE_TYPE_HEX */
	uint8_t word, first, bits;
};

/** An event; its name is "" if the schema has none of this id. */
struct schema_event {
	char name[SCHEMA_NAME_BYTES];
	uint8_t ext;    /* most EXT slots */
	uint8_t fields; /* that are used of the next */
	struct schema_field field[SCHEMA_FIELDS];
};

struct dump_schema {
	struct schema_event event[SCHEMA_EVENTS];
};

/** This build's own list, as the text of a schema chunk. @param text to be freed; null after an error */
enum error schema_text(char **text) MUST_CHECK;

/** The name of an event in this build's own list; "" if that has none of this id. */
const char *schema_own_name(unsigned id);

/** Reads a schema chunk's text, @p bytes long and without an end. Lines of an unknown kind are skipped: a later version's. Lines "register"
 * are only looked at (registers.h reads them). So
 * are lines that are wrong, and what stands behind them is read: their events have no name then. In names only letters,
 * digits and '_' stay; other bytes become '?'.
 * @return ERROR_DATA if a line of a known kind is not whole, or not in its limits; the message is about the first of them */
enum error schema_parse(struct dump_schema *schema, const char *text, size_t bytes) MUST_CHECK;

/** The value of a field in a record's words. Pure. */
uint64_t schema_value(const struct schema_field *field, const uint64_t *words);

/** The greatest value that a field can have. Pure. */
static inline uint64_t schema_most(const struct schema_field *field)
{
	return ~0ull >> (64 - field->bits);
}

#endif
