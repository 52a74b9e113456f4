/* Counts the records of each event during a conversion. Records that the output contains are counted separately from
 * records that it does not contain.
 * The sinks that write an output do the counting, and hstrace convert prints the result. Knows nothing of formats. */
#ifndef TRACE_CONVERT_ACCOUNT_H
#define TRACE_CONVERT_ACCOUNT_H

#include <stdint.h>
#include <stdio.h>

#include "trace/convert/timeline.h"
#include "trace/error/error.h"

/** Counts of records. The index of each array is the event. All counts must start as zeros. */
struct account {
	uint64_t drawn[SCHEMA_EVENTS];    /* records in the output */
	uint64_t outside[SCHEMA_EVENTS];  /* records outside of the window of --from and --to */
	uint64_t left_out[SCHEMA_EVENTS]; /* excluded by --cause, or never drawn, such as SYNC in a Perfetto trace */
};

/** Checks two things: the account contains each record that the timeline passed to the sink exactly once, and each slot
 * of the dump belongs to a record or was counted as an orphan. Call it after timeline_finish.
 * @return ERROR_DATA if the counts differ; the message contains them */
enum error account_check(const struct account *account, const struct timeline *timeline) MUST_CHECK;

/** Prints counts by event as a line such as "TITLE exit 8, probe 2". Prints nothing if all counts are 0. */
void account_print_counts(FILE *file, const char *title, const struct timeline *timeline,
			  const uint64_t counts[SCHEMA_EVENTS]);

/** Prints counts by event as the elements of a JSON list, such as {"event": "exit", "id": 1, "records": 8}. */
void account_print_json_counts(FILE *file, const struct timeline *timeline, const uint64_t counts[SCHEMA_EVENTS]);

/** Prints the account as up to three lines: "drawn: exit 8, probe 2", "left out: ..." and "outside of the window: ...".
 * A line whose counts are all 0 is omitted. */
void account_print(const struct account *account, const struct timeline *timeline, FILE *file);

/** Prints the account as a JSON list. Each event that occurs in the dump has one object, such as {"event": "exit",
 * "id": 1, "records": 9, "drawn": 8, "outside": 1, "left_out": 0}. */
void account_print_json(const struct account *account, const struct timeline *timeline, FILE *file);

#endif
