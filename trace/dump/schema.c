/* See schema.h. */
#include "trace/dump/schema.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/format/slot.h"

#define LINE_BYTES 256

static const char own_text[] =
#define EVENT(id, NAME, name, ext) "event " #id " " #name " " #ext "\n"
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE)                                                               \
	"field " #NAME " " #name " " #word " " #first " " #bits " " #TYPE "\n"
#include "trace/format/events.def"
	;

char *schema_text(void)
{
	char *text = strdup(own_text);

	for (char *next = text; next && *next; next++)
		*next = (char)tolower((unsigned char)*next);
	return text;
}

static struct schema_event *find_event(struct dump_schema *schema, const char *name)
{
	for (unsigned id = 0; id < SCHEMA_EVENTS; id++)
		if (strcmp(schema->event[id].name, name) == 0)
			return &schema->event[id];
	return NULL;
}

static const char *parse_event(struct dump_schema *schema, const char *line)
{
	unsigned id, ext;
	char name[SCHEMA_NAME_BYTES];

	if (sscanf(line, "event %3u %31s %2u", &id, name, &ext) != 3)
		return "an event needs ID NAME EXT";
	if (id >= SCHEMA_EVENTS || ext >= TRACE_RECORD_SLOTS)
		return "an event's number is out of its limits";
	if (schema->event[id].name[0] || find_event(schema, name))
		return "an event is named twice";
	memcpy(schema->event[id].name, name, sizeof(name));
	schema->event[id].ext = (uint8_t)ext;
	return NULL;
}

static const char *parse_field(struct dump_schema *schema, const char *line)
{
	char owner[SCHEMA_NAME_BYTES];
	struct schema_field field = { 0 };
	unsigned word, first, bits;

	if (sscanf(line, "field %31s %31s %3u %3u %3u %31s", owner, field.name, &word, &first, &bits, field.type) != 6)
		return "a field needs EVENT NAME WORD FIRST BITS TYPE";

	struct schema_event *event = find_event(schema, owner);

	if (!event)
		return "a field's event is not named before it";
	if (event->fields == SCHEMA_FIELDS)
		return "an event has too many fields";
	if (word > event->ext || bits < 1 || first + bits > 64)
		return "a field lies outside of its event's words";
	field.word = (uint8_t)word;
	field.first = (uint8_t)first;
	field.bits = (uint8_t)bits;
	event->field[event->fields++] = field;
	return NULL;
}

static const char *parse_line(struct dump_schema *schema, const char *line)
{
	if (strncmp(line, "event ", 6) == 0)
		return parse_event(schema, line);
	if (strncmp(line, "field ", 6) == 0)
		return parse_field(schema, line);
	return NULL;
}

bool schema_parse(struct dump_schema *schema, const char *text, size_t bytes, char *error, size_t error_bytes)
{
	unsigned number = 0;

	memset(schema, 0, sizeof(*schema));
	while (bytes) {
		const char *end = memchr(text, '\n', bytes);
		size_t length = end ? (size_t)(end - text) : bytes;
		char line[LINE_BYTES];
		const char *problem = "a line is too long";

		number++;
		if (length < sizeof(line)) {
			memcpy(line, text, length);
			line[length] = '\0';
			problem = parse_line(schema, line);
		}
		if (problem) {
			(void)snprintf(error, error_bytes, "line %u: %s", number, problem);
			return false;
		}
		length += end ? 1 : 0;
		text += length;
		bytes -= length;
	}
	return true;
}

uint64_t schema_value(const struct schema_field *field, const uint64_t *words)
{
	uint64_t value = words[field->word] >> field->first;

	return field->bits == 64 ? value : value & ((1ull << field->bits) - 1);
}
