/* What became of a dump's records in a conversion, by event: each is drawn, or it is said why it is not.
 * Filled by the sinks that write an output, and printed by hstrace convert. Knows nothing of formats. */
#ifndef TRACE_CONVERT_ACCOUNT_H
#define TRACE_CONVERT_ACCOUNT_H

#include <stdint.h>
#include <stdio.h>

#include "trace/convert/timeline.h"
#include "trace/error/error.h"

/** Records by event. Starts as zeros. */
struct account {
	uint64_t drawn[SCHEMA_EVENTS];    /* they are in the output */
	uint64_t outside[SCHEMA_EVENTS];  /* they do not lie in the options' window */
	uint64_t left_out[SCHEMA_EVENTS]; /* not wanted (--cause), or only of use for times, as SYNC is in a picture */
};

/** Compares the account with what the timeline has handed over, and that with the dump's slots. After timeline_finish.
 * @return ERROR_DATA unless each record is in the account once: the message says which are missing, or too many */
enum error account_check(const struct account *account, const struct timeline *timeline) MUST_CHECK;

/** Writes a line "TITLE exit 8, probe 2" of what is counted by event, or nothing if nothing is. */
void account_print_counts(FILE *file, const char *title, const struct timeline *timeline,
			  const uint64_t counts[SCHEMA_EVENTS]);

/** Writes the elements of a JSON list: {"event": "exit", "id": 1, "records": 8}. */
void account_print_json_counts(FILE *file, const struct timeline *timeline, const uint64_t counts[SCHEMA_EVENTS]);

/** Writes lines "drawn: exit 8, probe 2", and "left out: ..." and "outside of the window: ..." where there are such. */
void account_print(const struct account *account, const struct timeline *timeline, FILE *file);

/** Writes a list of objects, one for each event that the dump has: {"event": "exit", "id": 1, "records": 9, "drawn": 8,
 * "outside": 1, "left_out": 0}. */
void account_print_json(const struct account *account, const struct timeline *timeline, FILE *file);

#endif
