/* Reads the fields of a record as the dump's schema describes them. An output format uses this for each event for which
 * the format has no special code.
 * Used by every output format. Knows nothing of the formats. */
#ifndef TRACE_CONVERT_FIELDS_H
#define TRACE_CONVERT_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/names.h"
#include "trace/convert/timeline.h"

/** How a field's value is written in formats that distinguish numbers from texts. */
enum fields_form {
	FIELDS_NUMBER,     /* an unsigned number up to UINT64_MAX */
	FIELDS_SIGNED,     /* the result of fields_signed() */
	FIELDS_NAME,       /* the result of fields_text(), which depends only on the field's type and on the value */
	FIELDS_HEXADECIMAL /* "0x" and hexadecimal digits */
};

/** Returns the form of a field. All values of one field have the same form. Pure. */
enum fields_form fields_form(const struct schema_field *field);

/** Reads a field from the slots of a record, which has @p extra EXT slots. Pure.
 * @return false if the record is too short to contain the field */
static inline bool fields_value_of(const struct schema_field *field, const struct trace_slot *slots, unsigned extra,
				   uint64_t *value)
{
	if (field->word > extra)
		return false;
	*value = slots[field->word].payload >> field->first & schema_most(field);
	return true;
}

/** The same for an event. */
static inline bool fields_value(const struct schema_field *field, const struct timeline_event *event, uint64_t *value)
{
	return fields_value_of(field, event->slot, event->extra, value);
}

/** Returns the name of a value of a type.
 * @param text   room for NAMES_BYTES bytes, which the name may use
 * @param config hv's configuration as JSON, for the names of modules; "" if it is not known
 * @return NULL if values of the type have no names, or if the value is too large to have one */
const char *fields_name(char *text, const char *config, enum trace_field_type type, uint64_t value);

/** Converts the value of a field of form FIELDS_SIGNED to a signed number. The field's highest bit is the sign.
 * Pure. */
int64_t fields_signed(const struct schema_field *field, uint64_t value);

/** Writes a value as text. The field's type decides whether the text is a number or the name of a cause, of a world, of
 * a module and so on. The text contains neither quotes nor commas.
 * @param text room for NAMES_BYTES bytes
 * @param config as for fields_name()
 * @return text */
char *fields_text(char *text, const char *config, const struct schema_field *field, uint64_t value);

/** Reads the field `duration` of a record, in cycles. The field's type must be CYCLES.
 * @return false if the duration is not known, because the event has no such field, the record is too short, or all bits
 * of the field are 1 */
bool fields_duration(const struct schema_event *event, const struct timeline_event *record, uint64_t *cycles);

#endif
