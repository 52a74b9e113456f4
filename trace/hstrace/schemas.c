/* Merges schemas line by line. Before the lines of another schema are added, its events are compared with those already
 * known, because an event must not mean two things in one dump. */
#include "trace/hstrace/schemas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/format/dump.h"

/** Whether two definitions of an event agree: they have the same name and length, and define each field that both of
 * them have in the same way. */
static bool agree(const struct schema_event *own, const struct schema_event *other)
{
	for (unsigned i = 0; i < own->fields; i++)
		for (unsigned j = 0; j < other->fields; j++)
			if (strcmp(own->field[i].name, other->field[j].name) == 0 &&
			    memcmp(&own->field[i], &other->field[j], sizeof(own->field[i])) != 0)
				return false;
	return strcmp(own->name, other->name) == 0 && own->ext == other->ext;
}

/** Whether any event of @p schema has this name. */
static bool has_name(const struct dump_schema *schema, const char *name)
{
	for (unsigned id = 0; id < SCHEMA_EVENTS; id++)
		if (strcmp(schema->event[id].name, name) == 0)
			return true;
	return false;
}

/** Finds the first event of @p other that contradicts @p own: the same id is defined differently there, or the same name
 * has another id. @return SCHEMA_EVENTS if there is none */
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

/** Length of the first line of @p text, with its line break. */
static size_t line_bytes(const char *text, size_t bytes)
{
	const char *end = memchr(text, '\n', bytes);

	return end ? (size_t)(end - text) + 1 : bytes;
}

/** Whether the merged schema has a line already. */
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

/** Adds the lines of @p text that are not there yet. The caller has made room for them. */
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

/** Checks that a schema does not contradict the earlier ones. @param other space for the parsed schema */
static enum error compare(const struct schemas *schemas, const char *text, size_t bytes, struct dump_schema *other)
{
	RETURN_IF_ERROR(schema_parse(other, text, bytes));

	unsigned id = find_difference(&schemas->events, other);

	if (id < SCHEMA_EVENTS)
		return error_set(ERROR_DATA, "event %u differs from its definition in an earlier dump", id);
	return ERROR_NONE;
}

/** Allocates the space that compare() needs, since a parsed schema is too large for the stack. */
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

	return first ? ERROR_NONE : error; /* a first schema that cannot be parsed is no error: it is only copied */
}

void schemas_release(struct schemas *schemas)
{
	free(schemas->text);
}
