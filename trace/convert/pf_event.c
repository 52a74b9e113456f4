/* Writes events for which the converter has no special function. The converter knows these events only from the schema
 * in the dump. Each event has a track on each hart, and the track has the event's name. A record becomes a slice if the
 * schema lists a duration for the event; otherwise the record becomes an instant. All fields become arguments.
 *
 * In Perfetto, slices on one track nest: an end belongs to the slice that began last. If a slice overlaps the previous
 * slice on its track, it is therefore shortened, and begins when the previous slice ends. Its argument `duration` still
 * contains the full duration. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/convert/fields.h"
#include "trace/convert/pf.h"

/** Returns the number of the event's track, counted from PF_EVENT. The number is the same on all harts. */
static unsigned place_of(struct pftrace *pf, unsigned id)
{
	if (!pf->event_places[id]) {
		pf->events += pf->events < PF_EVENTS;
		pf->event_places[id] = (uint8_t)pf->events;
	}
	return pf->event_places[id] - 1u;
}

static void add_field(struct pftrace *pf, struct pf_event *event, const struct schema_field *field, unsigned name,
		      uint64_t value)
{
	enum fields_form form = fields_form(field);
	char text[NAMES_BYTES];
	size_t length;

	if (form == FIELDS_NUMBER && value <= INT64_MAX) {
		pf_add_number(event, name, PERFETTO_ANNOTATION_UINT, value);
	} else if (form == FIELDS_SIGNED) {
		pf_add_number(event, name, PERFETTO_ANNOTATION_INT, (uint64_t)fields_signed(field, value));
	} else if (field->shown == TRACE_TYPE_ADDRESS && field->bits == 64) {
		const char *address = pf_text(pf, PF_MEPC, value, &length);

		pf_add_text(event, name, address, length);
	} else {
		fields_text(text, pf->timeline->machine.config, field, value);
		if (form == FIELDS_NUMBER)
			pf_add_large(event, field->name, text);
		else
			pf_add_text(event, name, text, strlen(text));
	}
}

static void add_fields(struct pftrace *pf, struct pf_event *event, const struct schema_event *list,
		       const struct timeline_event *record)
{
	for (unsigned i = 0; i < list->fields; i++) {
		uint64_t value;

		if (fields_value(&list->field[i], record, &value))
			add_field(pf, event, &list->field[i], pf_field_name(record->id, i), value);
	}
}

/** Returns the start time of an event that ended at the time of its record, and took @p duration cycles. */
static int64_t begin_of(const struct pftrace *pf, const struct timeline_event *record, uint64_t duration)
{
	return timeline_ns(pf->timeline, record->hart, duration < record->cycles ? record->cycles - duration : 0);
}

bool pf_listed(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *record)
{
	const struct schema_event *list = timeline_event_fields(pf->timeline, record->id);
	uint64_t duration;
	bool slice = fields_duration(list, record, &duration);
	unsigned place = place_of(pf, record->id);
	int64_t begin = slice ? begin_of(pf, record, duration) : record->ns;
	int64_t end = record->ns < pf->to ? record->ns : pf->to;
	char text[SCHEMA_NAME_BYTES];

	if (begin >= pf->to && record->ns >= pf->to)
		return false;
	const char *called = schema_event_name(pf->timeline->schema, record->id, text);
	uint64_t track = pf_track(pf, lane, PF_EVENT + place, place < PF_EVENTS - 1 ? called : "other events");
	unsigned name = pf_name(pf, called);

	if (begin < lane->event_end[place])
		begin = lane->event_end[place];
	if (begin < pf->from)
		begin = pf->from;
	if (begin > end)
		begin = end;
	pf_need_name(pf, lane, name);
	pf_need_fields(pf, lane, record->id);
	struct pf_event event = pf_begin(pf, lane, begin, slice ? PERFETTO_TYPE_BEGIN : PERFETTO_TYPE_INSTANT, track);
	pf_add_name(&event, name);
	if (slice)
		pf_add_category(&event, PF_CATEGORY_DETAIL);
	add_fields(pf, &event, list, record);
	pf_commit(pf, event);
	if (slice) {
		pf_end_slice(pf, lane, end, track);
		lane->event_end[place] = end;
	}
	pf->account.slices += slice;
	pf->account.details += slice;
	pf->account.instants += !slice;
	pf->account.events.drawn[record->id]++;
	return true;
}
