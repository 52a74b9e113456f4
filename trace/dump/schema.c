/* Reads and writes the text of a schema chunk. The preprocessor generates the text for a new dump from events.def. Its
 * names of types are in upper case, so this code converts the text to lower case. */
#include "trace/dump/schema.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/dump/registers.h"
#define LINE_BYTES 256

static const char own_text[] =
#define EVENT(id, NAME, name, ext) "event " #id " " #name " " #ext "\n"
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE)                                                               \
	"field " #NAME " " #name " " #word " " #first " " #bits " " #TYPE "\n"
#include "trace/format/events.def"
	;

/** The fields of the events that this build knows. */
static const struct own_field {
	unsigned event;
	const char *name;
	unsigned word, first, bits;
} own_fields[] = {
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE) { TRACE_##NAME, #name, word, first, bits },
#include "trace/format/events.def"
};

static const char *const own_names[TRACE_EVENTS] = {
#define EVENT(id, NAME, name, ext) [id] = #name,
#include "trace/format/events.def"
};

enum error schema_text(char **text)
{
	*text = strdup(own_text);
	if (!*text)
		return error_no_memory();
	for (char *next = *text; *next; next++)
		*next = (char)tolower((unsigned char)*next);
	return ERROR_NONE;
}

/** Finds a type of fields by its name. A later version may have types that are unknown here. They are treated as HEX,
 * because any value can be shown as a hexadecimal number. */
static enum trace_field_type find_type(const char *type)
{
	static const char *const types[TRACE_TYPES] = {
#define FIELD_TYPE(TYPE, type) [TRACE_TYPE_##TYPE] = #type,
#include "trace/format/field_types.def"
	};

	for (unsigned i = 0; i < TRACE_TYPES; i++)
		if (strcmp(types[i], type) == 0)
			return (enum trace_field_type)i;
	return TRACE_TYPE_HEX;
}

static struct schema_event *find_event(struct dump_schema *schema, const char *name)
{
	for (unsigned id = 0; id < SCHEMA_EVENTS; id++)
		if (strcmp(schema->event[id].name, name) == 0)
			return &schema->event[id];
	return NULL;
}

/** Copies a word of a line as a name. Characters that are not allowed in a name become '?'. @return whether the word is
 * short enough for a name */
static bool read_name(char name[SCHEMA_NAME_BYTES], const char *word)
{
	if (strlen(word) >= SCHEMA_NAME_BYTES)
		return false;
	strcpy(name, word);
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			*name = '?';
	return true;
}

static enum error parse_event(struct dump_schema *schema, const char *line)
{
	unsigned id, ext;
	char word[LINE_BYTES], name[SCHEMA_NAME_BYTES];

	if (sscanf(line, "event %9u %255s %9u", &id, word, &ext) != 3)
		return error_set(ERROR_DATA, "an event needs ID NAME EXT");
	if (id >= SCHEMA_EVENTS || ext >= TRACE_RECORD_SLOTS)
		return error_set(ERROR_DATA, "an event's ID or EXT is too large");
	if (!read_name(name, word))
		return error_set(ERROR_DATA, "a name is too long");
	if (schema->event[id].name[0] || find_event(schema, name))
		return error_set(ERROR_DATA, "an event is listed twice");
	memcpy(schema->event[id].name, name, sizeof(name));
	schema->event[id].ext = (uint8_t)ext;
	return ERROR_NONE;
}

static enum error parse_field(struct dump_schema *schema, const char *line)
{
	char words[3][LINE_BYTES], owner[SCHEMA_NAME_BYTES];
	struct schema_field field = { 0 };
	unsigned word, first, bits;

	if (sscanf(line, "field %255s %255s %9u %9u %9u %255s", words[0], words[1], &word, &first, &bits, words[2]) !=
	    6)
		return error_set(ERROR_DATA, "a field needs EVENT NAME WORD FIRST BITS TYPE");
	if (!read_name(owner, words[0]) || !read_name(field.name, words[1]) || !read_name(field.type, words[2]))
		return error_set(ERROR_DATA, "a name is too long");

	struct schema_event *event = find_event(schema, owner);

	if (!event)
		return error_set(ERROR_DATA, "a field's event must be listed before it");
	if (event->fields == SCHEMA_FIELDS)
		return error_set(ERROR_DATA, "an event has too many fields");
	if (word > event->ext || first >= 64 || bits < 1 || bits > 64 - first)
		return error_set(ERROR_DATA, "a field lies outside of its event's words");
	field.shown = find_type(field.type);
	field.word = (uint8_t)word;
	field.first = (uint8_t)first;
	field.bits = (uint8_t)bits;
	event->field[event->fields++] = field;
	return ERROR_NONE;
}

static enum error parse_line(struct dump_schema *schema, const char *line)
{
	if (strncmp(line, "event ", 6) == 0)
		return parse_event(schema, line);
	if (strncmp(line, "field ", 6) == 0)
		return parse_field(schema, line);
	if (strncmp(line, "register ", 9) == 0)
		return registers_read_line(line, &(struct register_name){ 0 });
	return ERROR_NONE;
}

/** Parses a line, which consists of the first @p length bytes of @p text. */
static enum error parse_bytes(struct dump_schema *schema, const char *text, size_t length)
{
	char line[LINE_BYTES];

	if (length >= sizeof(line))
		return error_set(ERROR_DATA, "a line is too long");
	memcpy(line, text, length);
	line[length] = '\0';
	return parse_line(schema, line);
}

/** Returns whether a field in a dump contradicts a field of this build. They may share bits only if they are the same
 * field. Their types may differ, because a type only decides how a value is shown. */
static bool contradicts(const struct schema_field *field, const struct own_field *own)
{
	bool same_bits = field->word == own->word && field->first == own->first && field->bits == own->bits;
	bool overlap = field->word == own->word && field->first < own->first + own->bits &&
		       own->first < (unsigned)field->first + field->bits;

	return strcmp(field->name, own->name) == 0 ? !same_bits : overlap;
}

/** Returns whether the dump's schema uses the id of an event of this build for something else. A schema that lacks
 * fields of the event, or has more of them, still describes the same event: another version has written it. */
static bool is_redefined(const struct schema_event *event, unsigned id)
{
	if (event->name[0] && strcmp(event->name, own_names[id]) != 0)
		return true;
	for (size_t i = 0; i < sizeof(own_fields) / sizeof(own_fields[0]); i++)
		for (unsigned j = 0; own_fields[i].event == id && j < event->fields; j++)
			if (contradicts(&event->field[j], &own_fields[i]))
				return true;
	return false;
}

enum error schema_parse(struct dump_schema *schema, const char *text, size_t bytes)
{
	struct error_kept first = { 0 };
	unsigned number = 0;

	memset(schema, 0, sizeof(*schema));
	while (bytes) {
		const char *end = memchr(text, '\n', bytes);
		size_t length = end ? (size_t)(end - text) : bytes;

		error_keep(&first, error_about(parse_bytes(schema, text, length), "line %u", ++number));
		length += end ? 1 : 0;
		text += length;
		bytes -= length;
	}
	for (unsigned id = 0; id < TRACE_EVENTS; id++)
		schema->redefined[id] = is_redefined(&schema->event[id], id);
	return error_again(&first);
}

/** Returns whether an event that this build does not know can have the name @p name, which is its name in the dump. The
 * names of this build are taken, and so is "gap", because tables show missing slots as an event with this name. */
static bool is_free(const char *name)
{
	bool taken = !*name || strcmp(name, "gap") == 0;

	for (unsigned own = 0; own < TRACE_EVENTS; own++)
		taken = taken || strcmp(name, own_names[own]) == 0;
	return !taken;
}

const char *schema_event_name(const struct dump_schema *schema, unsigned id, char text[SCHEMA_NAME_BYTES])
{
	if (schema_meaning(schema, id) < TRACE_EVENTS)
		return own_names[id];
	if (schema && is_free(schema->event[id].name))
		return schema->event[id].name;
	(void)snprintf(text, SCHEMA_NAME_BYTES, "event_%u", id);
	return text;
}
