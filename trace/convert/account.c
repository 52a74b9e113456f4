/* Each record is counted twice, independently. The timeline counts it under its event. The sink counts it as drawn,
 * outside or left out, in the code that writes or drops the record. The two counts differ if the sink forgot a record
 * or wrote it twice. */
#include "trace/convert/account.h"

#include <inttypes.h>

enum error account_check(const struct account *account, const struct timeline *timeline)
{
	const struct timeline_totals *totals = &timeline->totals;
	char text[SCHEMA_NAME_BYTES];

	for (unsigned id = 0; id < SCHEMA_EVENTS; id++) {
		if (totals->events[id] == account->drawn[id] + account->outside[id] + account->left_out[id])
			continue;
		return error_set(ERROR_DATA,
				 "event %s (%u): the dump has %" PRIu64 " records, but %" PRIu64 " are drawn, %" PRIu64
				 " outside of the window and %" PRIu64 " left out",
				 schema_event_name(timeline->schema, id, text), id, totals->events[id],
				 account->drawn[id], account->outside[id], account->left_out[id]);
	}
	if (totals->slots == totals->record_slots + totals->orphans)
		return ERROR_NONE;
	return error_set(ERROR_DATA,
			 "the dump has %" PRIu64 " slots, but %" PRIu64 " are part of a record and %" PRIu64 " are not",
			 totals->slots, totals->record_slots, totals->orphans);
}

void account_print_counts(FILE *file, const char *title, const struct timeline *timeline,
			  const uint64_t counts[SCHEMA_EVENTS])
{
	const char *before = title;
	char text[SCHEMA_NAME_BYTES];

	for (unsigned id = 0; id < SCHEMA_EVENTS; id++) {
		if (!counts[id])
			continue;
		(void)fprintf(file, "%s %s %" PRIu64, before, schema_event_name(timeline->schema, id, text),
			      counts[id]);
		before = ",";
	}
	if (before != title)
		(void)fprintf(file, "\n");
}

void account_print_json_counts(FILE *file, const struct timeline *timeline, const uint64_t counts[SCHEMA_EVENTS])
{
	const char *before = "";
	char text[SCHEMA_NAME_BYTES];

	for (unsigned id = 0; id < SCHEMA_EVENTS; id++) {
		if (!counts[id])
			continue;
		(void)fprintf(file, "%s{\"event\": \"%s\", \"id\": %u, \"records\": %" PRIu64 "}", before,
			      schema_event_name(timeline->schema, id, text), id, counts[id]);
		before = ", ";
	}
}

void account_print(const struct account *account, const struct timeline *timeline, FILE *file)
{
	account_print_counts(file, "drawn:", timeline, account->drawn);
	account_print_counts(file, "left out:", timeline, account->left_out);
	account_print_counts(file, "outside of the window:", timeline, account->outside);
}

void account_print_json(const struct account *account, const struct timeline *timeline, FILE *file)
{
	const char *before = "";
	char text[SCHEMA_NAME_BYTES];

	(void)fprintf(file, "[");
	for (unsigned id = 0; id < SCHEMA_EVENTS; id++) {
		if (!timeline->totals.events[id])
			continue;
		(void)fprintf(file,
			      "%s\n    {\"event\": \"%s\", \"id\": %u, \"records\": %" PRIu64 ", \"drawn\": %" PRIu64
			      ", \"outside\": %" PRIu64 ", \"left_out\": %" PRIu64 "}",
			      before, schema_event_name(timeline->schema, id, text), id, timeline->totals.events[id],
			      account->drawn[id], account->outside[id], account->left_out[id]);
		before = ",";
	}
	(void)fprintf(file, "]");
}
