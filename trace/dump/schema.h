/* The events and fields of a dump. Each dump contains its own list, so that tools can read the dumps of other versions.
 * Called by the writer, which puts the list into a dump, and by tools that show events. It does not deal with whole
 * records. */
#ifndef TRACE_DUMP_SCHEMA_H
#define TRACE_DUMP_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"
#include "trace/format/event_fields.h"

#define SCHEMA_NAME_BYTES 32
#define SCHEMA_FIELDS 16
#define SCHEMA_EVENTS 256 /* ids of events have eight bits */

/** A field: bits [first, first + bits) of word `word` of the event's records. Word 0 is the payload of the header, word
 * 1 is the payload of the first EXT slot, and so on. */
struct schema_field {
	char name[SCHEMA_NAME_BYTES];
	char type[SCHEMA_NAME_BYTES]; /* the type's name in the dump */
	enum trace_field_type shown;  /* its type; TRACE_TYPE_HEX if this build does not know the type */
	uint8_t word, first, bits;
};

/** An event. Its name is "" if the schema has no event with this id. */
struct schema_event {
	char name[SCHEMA_NAME_BYTES];
	uint8_t ext;    /* maximum number of EXT slots in a record of this event */
	uint8_t fields; /* number of its fields */
	struct schema_field field[SCHEMA_FIELDS];
};

/** The list of events in a dump. The index is the id of the event. */
struct dump_schema {
	struct schema_event event[SCHEMA_EVENTS];
	bool redefined[TRACE_EVENTS]; /* the dump uses an id of this build's events for something else */
};

/** Makes the text of a schema chunk with the events that this build knows.
 * @param text receives the text, which the caller frees; null after an error
 * @return ERROR_MEMORY */
enum error schema_text(char **text) MUST_CHECK;

/** Reads the text of a schema chunk. Lines of an unknown kind are skipped, because a later version may write them.
 * Wrong lines are skipped, too, and the lines after them are still read. If the line of an event is wrong, the event
 * has no name. Lines that begin with "register" are only checked here; registers_read() reads them. In names,
 * characters other than letters, digits and '_' become '?'.
 * @param text @p bytes characters, without a zero at the end
 * @return ERROR_DATA if a line of a known kind is incomplete or has a number out of range; the message is about the
 * first such line */
enum error schema_parse(struct dump_schema *schema, const char *text, size_t bytes) MUST_CHECK;

/** Decides what a record with the event id @p id means. All code that interprets records must ask this function, or use
 * a `meaning` that a reader has set with it.
 * @param schema the dump's schema; null or all zeros if the dump has none
 * @return @p id if the dump and this build use it for the same event; TRACE_EVENTS if this build does not have the
 * event, or if the dump's schema gives it another name, or gives other fields to bits that this build reads. Pure. */
static inline unsigned schema_meaning(const struct dump_schema *schema, unsigned id)
{
	return id < TRACE_EVENTS && !(schema && schema->redefined[id]) ? id : TRACE_EVENTS;
}

/** Returns the name of the event with id @p id, which all outputs use. It is the name in this build, or, if this build
 * does not know the event, the name in the dump's schema. If the event has neither, or if its name in the schema means
 * something else in this build, the name is "event_" and the id.
 * @param schema null or all zeros if the dump has none
 * @param text room for a name with an id */
const char *schema_event_name(const struct dump_schema *schema, unsigned id, char text[SCHEMA_NAME_BYTES]);

/** Returns the maximum value of a field. Pure. */
static inline uint64_t schema_most(const struct schema_field *field)
{
	return ~0ull >> (64 - field->bits);
}

#endif
