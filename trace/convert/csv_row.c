/* Writes a record as a line of CSV (RFC 4180). text.c has the list of the columns. */
#include "trace/convert/fields.h"
#include "trace/convert/row.h"

/** Writes each field as "NAME=VALUE", separated by semicolons. */
static char *put_fields(char *at, struct name_cache *names, const struct row *row)
{
	const struct schema_event *list = timeline_event_fields(names->timeline, row->event->id);
	bool first = true;

	for (unsigned i = 0; i < list->fields; i++) {
		const struct schema_field *field = &list->field[i];
		uint64_t value;

		if (!fields_value(field, row->event, &value))
			continue;
		if (!first)
			*at++ = ';';
		at = put_string(at, field->name);
		*at++ = '=';
		at = row_put_field(at, names, field, value);
		first = false;
	}
	return at;
}

/** Writes the name of a function, and the offset in the function. */
static char *put_function(char *at, const struct row *row)
{
	if (row->function->quoted)
		*at++ = '"';
	at = put_text(at, row->function->text, row->function->length);
	*at++ = '+';
	at = put_hexadecimal(at, row->offset);
	if (row->function->quoted)
		*at++ = '"';
	return at;
}

static char *put_name(char *at, struct name_cache *names, struct name_key key)
{
	at = name_put(at, name_cache_find(names, key));
	*at++ = ',';
	return at;
}

/** Writes the columns from `hart` to `name`. */
static char *put_what(char *at, struct name_cache *names, const struct row *row)
{
	const struct timeline_event *event = row->event;

	at = put_decimal(at, event->hart);
	*at++ = ',';
	at = put_decimal(at, event->sequence);
	*at++ = ',';
	at = put_decimal(at, event->cycles);
	*at++ = ',';
	at = put_signed(at, event->ns);
	*at++ = ',';
	at = put_name(at, names, row_event(row, names->timeline));
	at = put_name(at, names, row->cause);
	at = put_name(at, names, row->detail);
	return put_name(at, names, row->name);
}

/** Writes the columns from `start_ns` to `module`. */
static char *put_exit(char *at, struct name_cache *names, const struct row *row)
{
	if (!row->is_exit)
		return put_name(PUT_LITERAL(at, ",,,,,"), names, row->module);
	if (!row->saturated)
		at = put_signed(at, row->start_ns);
	*at++ = ',';
	at = put_decimal(at, row->duration);
	*at++ = ',';
	at = put_name(at, names, row->before);
	at = put_name(at, names, row->after);
	at = put_name(at, names, row->outcome);
	return put_name(at, names, row->module);
}

/** Writes the columns from `payload` to `word3`. */
static char *put_words(char *at, const struct timeline_event *event)
{
	for (unsigned i = 0; i < TRACE_RECORD_SLOTS; i++) {
		if (i <= event->extra)
			at = put_hexadecimal(at, event->slot[i].payload);
		*at++ = ',';
	}
	return at;
}

/** Writes the columns from `asleep_cycles` to `guest_cycles`. */
static char *put_times(char *at, struct name_cache *names, const struct row *row)
{
	if (!row->is_exit)
		return PUT_LITERAL(at, ",,,,");
	at = put_decimal(at, row->event->slept);
	*at++ = ',';
	at = put_decimal(at, row->event->observing);
	*at++ = ',';
	at = row_put_guest(at, names, row);
	*at++ = ',';
	at = put_decimal(at, row->event->guest);
	*at++ = ',';
	return at;
}

char *csv_row_put(char *at, struct name_cache *names, const struct row *row)
{
	at = put_what(at, names, row);
	at = put_exit(at, names, row);
	at = put_words(at, row->event);
	if (row->function)
		at = put_function(at, row);
	*at++ = ',';
	if (row->uncertainty < INT64_MAX)
		at = put_signed(at, row->uncertainty);
	*at++ = ',';
	at = put_times(at, names, row);
	if (row->device) { /* the name of a register may contain a comma, but never a quote */
		*at++ = '"';
		at = put_string(at, row->device);
		*at++ = '"';
	}
	*at++ = ',';
	if (row->by_list)
		at = put_fields(at, names, row);
	*at++ = '\n';
	return at;
}
