/* Writes a record as an object of JSON. A member is left out if the record has no such value. */
#include "trace/convert/fields.h"
#include "trace/convert/row.h"

/** Writes the fields as a JSON object. Numbers are JSON numbers, all other values are strings. */
static char *put_fields(char *at, struct name_cache *names, const struct row *row)
{
	const struct schema_event *list = timeline_event_fields(names->timeline, row->event->id);
	bool first = true;

	at = PUT_LITERAL(at, ",\"fields\":{");
	for (unsigned i = 0; i < list->fields; i++) {
		const struct schema_field *field = &list->field[i];
		enum fields_form form = fields_form(field);
		bool quoted = form == FIELDS_NAME || form == FIELDS_HEXADECIMAL;
		uint64_t value;

		if (!fields_value(field, row->event, &value))
			continue;
		at = first ? PUT_LITERAL(at, "\"") : PUT_LITERAL(at, ",\"");
		at = put_string(at, field->name);
		at = quoted ? PUT_LITERAL(at, "\":\"") : PUT_LITERAL(at, "\":");
		at = row_put_field(at, names, field, value);
		if (quoted)
			*at++ = '"';
		first = false;
	}
	*at++ = '}';
	return at;
}

/** Writes a member whose value is a name, unless the name is "". */
#define PUT_NAME(at, names, member, key) put_name(at, name_cache_find(names, key), member, sizeof(member) - 1)

static inline char *put_name(char *at, const struct name *name, const char *member, size_t length)
{
	if (!name->length)
		return at;
	at = name_put(put_text(at, member, length), name);
	*at++ = '"';
	return at;
}

static char *put_exit(char *at, struct name_cache *names, const struct row *row)
{
	if (!row->saturated)
		at = put_signed(PUT_LITERAL(at, ",\"start_ns\":"), row->start_ns);
	at = put_decimal(PUT_LITERAL(at, ",\"duration_cycles\":"), row->duration);
	at = put_decimal(PUT_LITERAL(at, ",\"asleep_cycles\":"), row->event->slept);
	at = put_decimal(PUT_LITERAL(at, ",\"observing_cycles\":"), row->event->observing);
	at = row_put_guest(PUT_LITERAL(at, ",\"guest\":\""), names, row);
	at = put_decimal(PUT_LITERAL(at, "\",\"guest_cycles\":"), row->event->guest);
	at = PUT_NAME(at, names, ",\"before\":\"", row->before);
	at = PUT_NAME(at, names, ",\"after\":\"", row->after);
	return PUT_NAME(at, names, ",\"outcome\":\"", row->outcome);
}

static char *put_words(char *at, const struct timeline_event *event)
{
	at = put_hexadecimal(PUT_LITERAL(at, ",\"words\":[\""), event->slot->payload);
	for (unsigned i = 1; i <= event->extra; i++)
		at = put_hexadecimal(PUT_LITERAL(at, "\",\""), event->slot[i].payload);
	return PUT_LITERAL(at, "\"]");
}

/** Writes the name of a function, and the offset in the function. */
static char *put_function(char *at, const struct row *row)
{
	at = PUT_LITERAL(at, ",\"function\":\"");
	at = put_text(at, row->function->text, row->function->length);
	*at++ = '+';
	at = put_hexadecimal(at, row->offset);
	*at++ = '"';
	return at;
}

char *json_row_put(char *at, struct name_cache *names, const struct row *row)
{
	const struct timeline_event *event = row->event;

	at = put_decimal(PUT_LITERAL(at, "\n{\"hart\":"), event->hart);
	at = put_decimal(PUT_LITERAL(at, ",\"sequence\":"), event->sequence);
	at = put_decimal(PUT_LITERAL(at, ",\"cycles\":"), event->cycles);
	at = put_signed(PUT_LITERAL(at, ",\"ns\":"), event->ns);
	at = PUT_LITERAL(at, ",\"uncertainty_ns\":");
	at = row->uncertainty < INT64_MAX ? put_signed(at, row->uncertainty) : PUT_LITERAL(at, "null");
	at = PUT_NAME(at, names, ",\"event\":\"", row_event(row, names->timeline));
	at = PUT_NAME(at, names, ",\"cause\":\"", row->cause);
	at = PUT_NAME(at, names, ",\"detail\":\"", row->detail);
	at = PUT_NAME(at, names, ",\"name\":\"", row->name);
	if (row->is_exit)
		at = put_exit(at, names, row);
	at = PUT_NAME(at, names, ",\"module\":\"", row->module);
	at = put_words(at, event);
	if (row->function)
		at = put_function(at, row);
	if (row->device) {
		at = put_string(PUT_LITERAL(at, ",\"register\":\""), row->device);
		*at++ = '"';
	}
	if (row->by_list)
		at = put_fields(at, names, row);
	*at++ = '}';
	return at;
}
