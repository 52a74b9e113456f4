/* A record's fields by the list of events: for what is shown of events that nothing else here knows.
 * Used by every output format. Knows nothing of them. */
#ifndef TRACE_CONVERT_FIELDS_H
#define TRACE_CONVERT_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/names.h"
#include "trace/convert/timeline.h"

/** What a field's value is in outputs that tell numbers from texts. */
enum fields_form {
	FIELDS_NUMBER, /* it may be as large as a uint64_t */
	FIELDS_SIGNED, /* of fields_signed() */
	FIELDS_TEXT    /* of fields_text() */
};

/** The form of a field's values, the same for all of them. Pure. */
enum fields_form fields_form(const struct schema_field *field);

/** Takes a field out of a record. @return false if the record lacks the field's word. Pure. */
static inline bool fields_value(const struct schema_field *field, const struct timeline_event *event, uint64_t *value)
{
	if (field->word > event->extra)
		return false;
	*value = event->slot[field->word].payload >> field->first & schema_most(field);
	return true;
}

/** The value of a field of form FIELDS_SIGNED. Pure. */
int64_t fields_signed(const struct schema_field *field, uint64_t value);

/** A value as text, as its type says: a number, or the name of what it stands for. It has neither quotes nor commas.
 * @param text NAMES_BYTES bytes. @return text */
char *fields_text(char *text, const struct timeline *timeline, const struct schema_field *field, uint64_t value);

/** How long what an event tells of took, in cycles: its field `duration` of type CYCLES.
 * @return false if it has none, the record lacks it, or it is all ones: then that is not known */
bool fields_duration(const struct schema_event *event, const struct timeline_event *record, uint64_t *cycles);

#endif
