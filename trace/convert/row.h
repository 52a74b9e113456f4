/* A row is what CSV or JSON contains about one record.
 * text.c fills a row, and then csv_row.c or json_row.c writes it. Knows nothing of the two formats. */
#ifndef TRACE_CONVERT_ROW_H
#define TRACE_CONVERT_ROW_H

#include "trace/convert/function_text.h"
#include "trace/convert/name_cache.h"
#include "trace/convert/timeline.h"

struct row {
	const struct timeline_event *event;
	/* The list is NAME_NONE if the record has no such name. */
	struct name_key cause, detail, name, module, before, after, outcome;
	const struct function_text *function; /* NULL if the function is not known */
	const char *device;                   /* the register that the exit accessed; NULL if it is not known */
	/* `saturated` is true if the exit took `duration` or more cycles, so that its start is not known. */
	bool is_exit, saturated;
	bool by_list; /* true if only the column `fields` describes the record, with the fields that the schema lists */
	int64_t start_ns, uncertainty;
	uint64_t duration, offset;
};

/* No row needs more bytes than this, in addition to FUNCTION_TEXT_FACTOR bytes for each byte of its function's name. */
#define ROW_BYTES (16u << 10)

/** Returns the key of the event's name. */
static inline struct name_key row_event(const struct row *row, const struct timeline *timeline)
{
	return (struct name_key){ NAME_EVENT, row->event->id + (timeline->schema ? SCHEMA_EVENTS : 0u) };
}

/** Writes the name of the world that the hart was in before an exit, if this world is known. */
static inline char *row_put_guest(char *at, struct name_cache *names, const struct row *row)
{
	return row->event->guest_known ? name_put(at, name_cache_find(names, row->before)) : PUT_LITERAL(at, "unknown");
}

/** Writes the value of a field, without quotes. */
char *row_put_field(char *at, struct name_cache *names, const struct schema_field *field, uint64_t value);

/** Writes a row as a line of CSV.
 * @param at has room for ROW_BYTES bytes and the function's name
 * @return the end of what was written */
char *csv_row_put(char *at, struct name_cache *names, const struct row *row);

/** Writes a row as an object of JSON, with the same arguments and result as csv_row_put(). */
char *json_row_put(char *at, struct name_cache *names, const struct row *row);

#endif
