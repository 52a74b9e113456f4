/* A trigger: a condition on single records, such as `exit.cycles>50000 and exit.cause=illegal_instruction`. This file
 * parses the text that a user typed, and tests records.
 * Called by hstrace live, which parses the options --trigger, and by the watch (watch.h), which tests each record. It
 * knows nothing about where records come from.
 *
 *     TRIGGER   = CONDITION { "and" CONDITION }      all conditions are about the same event
 *     CONDITION = EVENT                              any record of this event
 *               | EVENT "." FIELD OPERATOR VALUE
 *     OPERATOR  = "=" | "!=" | "<" | "<=" | ">" | ">="
 *     VALUE     = NUMBER | WORD | "'" TEXT "'"
 */
#ifndef TRACE_TRIGGER_TRIGGER_H
#define TRACE_TRIGGER_TRIGGER_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/names.h"
#include "trace/dump/moment.h"
#include "trace/dump/schema.h"
#include "trace/error/error.h"

#define TRIGGER_TEXT_BYTES MOMENT_TEXT_BYTES /* size of a trigger's text, including the zero at its end */
#define TRIGGER_CONDITIONS 8

enum trigger_operator { TRIGGER_EQUAL, TRIGGER_UNEQUAL, TRIGGER_LESS, TRIGGER_AT_MOST, TRIGGER_MORE, TRIGGER_AT_LEAST };

/** What a condition compares. */
enum trigger_subject {
	TRIGGER_EVENT,  /* nothing: any record of the event is good */
	TRIGGER_FIELD,  /* a field that the schema lists */
	TRIGGER_HART,   /* the index of the hart that wrote the record */
	TRIGGER_CYCLES, /* of an exit: the cycles that hv worked on it, as in the column duration_cycles */
	TRIGGER_DETAIL, /* of an exit: the name of its kind */
	TRIGGER_CALL    /* of an SBI call: the name of the function */
};

struct trigger_condition {
	enum trigger_subject subject;
	enum trigger_operator order;
	struct schema_field field; /* for TRIGGER_FIELD */
	uint64_t value;            /* signed if the field's type is INT */
	bool *kinds; /* for TRIGGER_DETAIL and TRIGGER_CALL: for each kind of exits, whether it has the name. The
			functions of SBI calls are the kinds from NAMES_KIND_SBI on */
};

struct trigger {
	char text[TRIGGER_TEXT_BYTES]; /* as the user typed it */
	unsigned event;                /* id of the event */
	unsigned count;                /* number of conditions; all of them must be true */
	struct trigger_condition condition[TRIGGER_CONDITIONS];
};

/** A record that is tested. */
struct trigger_record {
	const struct trace_slot *slot; /* the header; @p extra EXT slots follow it */
	unsigned extra;
	uint32_t hart;   /* index of the hart */
	uint64_t cycles; /* if the record is an exit: the cycles that hv worked on it */
};

/** Parses a trigger.
 * @param trigger receives the trigger. trigger_release() must be called for it, even after an error
 * @param schema  the events and fields that the trigger may use
 * @param config  hv's configuration, for the names of modules; "" if it is not known
 * @return ERROR_OPTION if the text is wrong: the message has the text, and a second line with a mark below the place
 * of the mistake; ERROR_MEMORY */
enum error trigger_parse(struct trigger *trigger, const char *text, const struct dump_schema *schema,
			 const char *config) MUST_CHECK;

/** Returns whether the record is of the trigger's event, and all conditions are true for it. A condition about a field
 * that the record is too short for is false.
 * @param registers the registers of devices, for the details of exits */
bool trigger_matches(const struct trigger *trigger, const struct trigger_record *record,
		     const struct register_names *registers);

void trigger_release(struct trigger *trigger);

#endif
