/* Merges schemas line by line. Before the lines of a schema are added, its events are compared with the events of the
 * merged schema, because the id of an event must not have two meanings in one dump. */
#include "trace/hstrace/schemas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/format/dump.h"

/** Returns whether two definitions of an event agree. They agree if the event has the same name and the same length in
 * both, and if each field that occurs in both definitions is defined in the same way. */
static bool agree(const struct schema_event *own, const struct schema_event *other)
{
	for (unsigned i = 0; i < own->fields; i++)
		for (unsigned j = 0; j < other->fields; j++)
			if (strcmp(own->field[i].name, other->field[j].name) == 0 &&
			    memcmp(&own->field[i], &other->field[j], sizeof(own->field[i])) != 0)
				return false;
	return strcmp(own->name, other->name) == 0 && own->ext == other->ext;
}

/** Returns whether any event of @p schema has the name @p name. */
static bool has_name(const struct dump_schema *schema, const char *name)
{
	for (unsigned id = 0; id < SCHEMA_EVENTS; id++)
		if (strcmp(schema->event[id].name, name) == 0)
			return true;
	return false;
}

/** Finds the first event of @p other that contradicts the schema @p own. An event contradicts it if @p own defines its
 * id differently, or if @p own has an event with the same name but another id.
 * @return the id of the event; SCHEMA_EVENTS if no event contradicts @p own */
static unsigned find_difference(const struct dump_schema *own, const struct dump_schema *other)
{
	for (unsigned id = 0; id < SCHEMA_EVENTS; id++) {
		const struct schema_event *event = &other->event[id];

		if (!event->name[0])
			continue;
		if (own->event[id].name[0] ? !agree(&own->event[id], event) : has_name(own, event->name))
			return id;
	}
	return SCHEMA_EVENTS;
}

/** Returns the length of the first line of @p text, including the line break. */
static size_t line_bytes(const char *text, size_t bytes)
{
	const char *end = memchr(text, '\n', bytes);

	return end ? (size_t)(end - text) + 1 : bytes;
}

/** Returns whether the merged schema already has the line @p line. */
static bool has_line(const struct schemas *schemas, const char *line, size_t length)
{
	size_t own;

	for (size_t at = 0; at < schemas->bytes; at += own) {
		own = line_bytes(schemas->text + at, schemas->bytes - at);
		if (own == length && memcmp(schemas->text + at, line, length) == 0)
			return true;
	}
	return false;
}

/** Adds those lines of @p text that the merged schema does not have yet. The caller must have made room for them. */
static void add_lines(struct schemas *schemas, const char *text, size_t bytes)
{
	size_t length;

	if (schemas->bytes && schemas->text[schemas->bytes - 1] != '\n')
		schemas->text[schemas->bytes++] = '\n';
	for (; bytes; text += length, bytes -= length) {
		length = line_bytes(text, bytes);
		if (has_line(schemas, text, length))
			continue;
		memcpy(schemas->text + schemas->bytes, text, length);
		schemas->bytes += length;
	}
}

/** Checks that a schema does not contradict the merged schema. @param other room for the parsed form of the schema */
static enum error compare(const struct schemas *schemas, const char *text, size_t bytes, struct dump_schema *other)
{
	RETURN_IF_ERROR(schema_parse(other, text, bytes));

	unsigned id = find_difference(&schemas->events, other);

	if (id < SCHEMA_EVENTS)
		return error_set(ERROR_DATA, "event %u differs from its definition in an earlier dump", id);
	return ERROR_NONE;
}

/** Calls compare() with allocated memory, because the parsed form of a schema is too large for the stack. */
static enum error check_fit(const struct schemas *schemas, const char *text, size_t bytes)
{
	struct dump_schema *other = malloc(sizeof(*other));
	enum error error = other ? compare(schemas, text, bytes, other) : error_no_memory();

	free(other);
	return error;
}

enum error schemas_add(struct schemas *schemas, const char *text, size_t bytes)
{
	bool first = !schemas->text;

	if (!first && schemas->bytes == bytes && memcmp(schemas->text, text, bytes) == 0)
		return ERROR_NONE;
	if (!first)
		RETURN_IF_ERROR(check_fit(schemas, text, bytes));

	char *more = realloc(schemas->text, schemas->bytes + 1 + bytes);

	if (!more)
		return error_no_memory();
	schemas->text = more;
	if (first) {
		memcpy(more, text, bytes);
		schemas->bytes = bytes;
	} else {
		add_lines(schemas, text, bytes);
	}
	if (schemas->bytes > DUMP_CHUNK_BYTES)
		return error_set(ERROR_DATA, "with the schemas of the earlier dumps it exceeds %u bytes",
				 DUMP_CHUNK_BYTES);

	enum error error = schema_parse(&schemas->events, schemas->text, schemas->bytes);

	/* The first schema is only copied, so it is no error if it cannot be parsed. */
	return first ? ERROR_NONE : error;
}

void schemas_release(struct schemas *schemas)
{
	free(schemas->text);
}
