/* The schema lists the type of each field. The type decides how the field's value is shown: as a number, or as a name
 * from one of the lists of names (causes, counters, modules and so on). */
#include "trace/convert/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BYTE_MOST 0xffu

enum fields_form fields_form(const struct schema_field *field)
{
	switch (field->shown) {
	case TRACE_TYPE_UINT:
	case TRACE_TYPE_CYCLES:
		return FIELDS_NUMBER;
	case TRACE_TYPE_INT:
		return FIELDS_SIGNED;
	case TRACE_TYPE_CAUSE:
	case TRACE_TYPE_WORLD:
	case TRACE_TYPE_OUTCOME:
	case TRACE_TYPE_SOURCE:
	case TRACE_TYPE_MODULE:
	case TRACE_TYPE_COUNTER:
		return FIELDS_NAME;
	default:
		return FIELDS_HEXADECIMAL;
	}
}

int64_t fields_signed(const struct schema_field *field, uint64_t value)
{
	unsigned above = 64u - field->bits;

	return (int64_t)(value << above) >> above;
}

const char *fields_name(char *text, const char *config, enum trace_field_type type, uint64_t value)
{
	if (value > (type == TRACE_TYPE_COUNTER ? UINT32_MAX : BYTE_MOST))
		return NULL;
	switch (type) {
	case TRACE_TYPE_CAUSE:
		return names_cause(text, (unsigned)value);
	case TRACE_TYPE_WORLD:
		return names_world((unsigned)value);
	case TRACE_TYPE_OUTCOME:
		return names_outcome((unsigned)value);
	case TRACE_TYPE_SOURCE:
		return names_source((unsigned)value);
	case TRACE_TYPE_MODULE:
		return names_module(text, config, (unsigned)value);
	case TRACE_TYPE_COUNTER:
		return names_counter(text, (unsigned)value);
	default:
		return NULL;
	}
}

char *fields_text(char *text, const char *config, const struct schema_field *field, uint64_t value)
{
	char room[NAMES_BYTES];
	const char *name = fields_name(room, config, field->shown, value);

	if (name)
		(void)snprintf(text, NAMES_BYTES, "%s", name);
	else if (fields_form(field) == FIELDS_NUMBER)
		(void)snprintf(text, NAMES_BYTES, "%" PRIu64, value);
	else if (fields_form(field) == FIELDS_SIGNED)
		(void)snprintf(text, NAMES_BYTES, "%" PRId64, fields_signed(field, value));
	else
		(void)snprintf(text, NAMES_BYTES, "0x%" PRIx64, value);
	return text;
}

bool fields_duration(const struct schema_event *event, const struct timeline_event *record, uint64_t *cycles)
{
	for (unsigned i = 0; i < event->fields; i++) {
		const struct schema_field *field = &event->field[i];

		if (field->shown == TRACE_TYPE_CYCLES && strcmp(field->name, "duration") == 0)
			return fields_value(field, record, cycles) && *cycles != schema_most(field);
	}
	return false;
}
