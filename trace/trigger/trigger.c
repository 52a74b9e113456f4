/* Parses triggers from left to right, and tests records. The parser remembers where the word that it reads begins. A
 * message about a mistake shows this place. */
#include "trace/trigger/trigger.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/fields.h"
#include "trace/dump/nearest.h"
#include "trace/dump/number.h"
#include "trace/trigger/value.h"

#define WORD_BYTES NAMES_BYTES

/** The text that is being parsed. */
struct parser {
	const char *text;
	const char *at;   /* the next character */
	const char *word; /* where the last word, number or operator began */
	struct trigger *trigger;
	const struct dump_schema *schema;
	const char *config;
};

static const struct operator_text {
	const char *text;
	enum trigger_operator order;
} operators[] = { /* an operator comes before those with which it begins */
		  { "<=", TRIGGER_AT_MOST }, { ">=", TRIGGER_AT_LEAST }, { "!=", TRIGGER_UNEQUAL },
		  { "==", TRIGGER_EQUAL },   { "=", TRIGGER_EQUAL },     { "<", TRIGGER_LESS },
		  { ">", TRIGGER_MORE }
};

/** Fields that the schema does not list, because they are computed from several fields or records. */
static const struct derived_field {
	const char *event, *name; /* NULL for all events */
	enum trigger_subject subject;
} derived_fields[] = { { NULL, "hart", TRIGGER_HART },
		       { "exit", "cycles", TRIGGER_CYCLES },
		       { "exit", "detail", TRIGGER_DETAIL },
		       { "ecall", "name", TRIGGER_CALL } };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** Adds the text of the trigger to the message of @p error, and a mark below the last word. */
static enum error mistake(const struct parser *parser, enum error error)
{
	int column = (int)(parser->word - parser->text);
	char message[ERROR_MESSAGE_BYTES / 2];

	if (error != ERROR_OPTION)
		return error;
	(void)snprintf(message, sizeof(message), "%s", error_message());
	return error_set(ERROR_OPTION, "character %d: %s\n  %s\n  %*s^", column + 1, message, parser->text, column, "");
}

static void skip_blanks(struct parser *parser)
{
	while (*parser->at == ' ')
		parser->at++;
	parser->word = parser->at;
}

/** Copies @p length characters to @p word. @return ERROR_OPTION if the word is empty or too long */
static enum error copy_word(struct parser *parser, size_t length, const char *what, char word[WORD_BYTES])
{
	if (length == 0)
		return mistake(parser, error_set(ERROR_OPTION, "%s is missing", what));
	if (length >= WORD_BYTES)
		return mistake(parser, error_set(ERROR_OPTION, "%s is too long", what));
	memcpy(word, parser->at, length);
	word[length] = '\0';
	parser->at += length;
	return ERROR_NONE;
}

/** Reads a name of letters, digits and '_'. @param what what is read, for messages */
static enum error take_name(struct parser *parser, const char *what, char word[WORD_BYTES])
{
	size_t length = 0;

	while (isalnum((unsigned char)parser->at[length]) || parser->at[length] == '_')
		length++;
	return copy_word(parser, length, what, word);
}

/** Reads a value: a word, or a text in quotes. @param quoted receives whether it was in quotes */
static enum error take_value(struct parser *parser, char word[WORD_BYTES], bool *quoted)
{
	char quote = *parser->at;
	const char *end;

	*quoted = quote == '\'' || quote == '"';
	if (!*quoted)
		return copy_word(parser, strcspn(parser->at, " =!<>'\""), "the value", word);
	end = strchr(parser->at + 1, quote);
	if (!end)
		return mistake(parser, error_set(ERROR_OPTION, "the closing quote is missing"));
	parser->at++;
	RETURN_IF_ERROR(copy_word(parser, (size_t)(end - parser->at), "the text between the quotes", word));
	parser->at++;
	return ERROR_NONE;
}

/** Reads the name of an event. */
static enum error take_event(struct parser *parser, unsigned *event)
{
	char word[WORD_BYTES], name[SCHEMA_NAME_BYTES], hint[NEAREST_MESSAGE_BYTES];
	struct nearest search;

	RETURN_IF_ERROR(take_name(parser, "the name of an event", word));
	nearest_begin(&search, word);
	for (unsigned id = 1; id < SCHEMA_EVENTS; id++) {
		const char *known = schema_event_name(parser->schema, id, name);

		if (!parser->schema->event[id].name[0])
			continue;
		if (strcmp(known, word) == 0) {
			*event = id;
			return ERROR_NONE;
		}
		nearest_offer(&search, known);
	}
	return mistake(parser,
		       error_set(ERROR_OPTION, "there is no event with this name%s", nearest_message(&search, hint)));
}

/** Returns whether the event of the trigger has the derived field. */
static bool has_derived(const struct parser *parser, const struct derived_field *derived)
{
	char name[SCHEMA_NAME_BYTES];

	return !derived->event ||
	       strcmp(derived->event, schema_event_name(parser->schema, parser->trigger->event, name)) == 0;
}

/** Reads the name of a field of the trigger's event. */
static enum error take_field(struct parser *parser, struct trigger_condition *condition)
{
	const struct schema_event *event = &parser->schema->event[parser->trigger->event];
	char word[WORD_BYTES], hint[NEAREST_MESSAGE_BYTES];
	struct nearest search;

	RETURN_IF_ERROR(take_name(parser, "the name of a field", word));
	nearest_begin(&search, word);
	for (size_t i = 0; i < COUNT(derived_fields); i++) {
		if (!has_derived(parser, &derived_fields[i]))
			continue;
		nearest_offer(&search, derived_fields[i].name);
		condition->subject = derived_fields[i].subject;
		if (strcmp(derived_fields[i].name, word) == 0)
			return ERROR_NONE;
	}
	for (unsigned i = 0; i < event->fields; i++) {
		nearest_offer(&search, event->field[i].name);
		condition->subject = TRIGGER_FIELD;
		condition->field = event->field[i];
		if (strcmp(event->field[i].name, word) == 0)
			return ERROR_NONE;
	}
	return mistake(parser, error_set(ERROR_OPTION, "this event has no field with this name%s",
					 nearest_message(&search, hint)));
}

static enum error take_operator(struct parser *parser, struct trigger_condition *condition)
{
	for (size_t i = 0; i < COUNT(operators); i++) {
		size_t length = strlen(operators[i].text);

		if (strncmp(parser->at, operators[i].text, length) != 0)
			continue;
		parser->at += length;
		condition->order = operators[i].order;
		return ERROR_NONE;
	}
	return mistake(parser, error_set(ERROR_OPTION, "one of = != < <= > >= is missing"));
}

/** Reads a number. With a minus sign, the result is in two's complement. */
static bool read_number(const char *word, bool is_signed, uint64_t *value)
{
	bool minus = is_signed && *word == '-';

	if (!number_read(word + minus, value))
		return false;
	*value = minus ? -*value : *value;
	return true;
}

/** Reads the value that a field is compared with. */
static enum error take_field_value(struct parser *parser, struct trigger_condition *condition, const char *word,
				   bool is_number)
{
	bool is_signed = condition->subject == TRIGGER_FIELD && condition->field.shown == TRACE_TYPE_INT;

	if (is_number && read_number(word, is_signed, &condition->value)) {
		if (condition->subject == TRIGGER_FIELD && !is_signed &&
		    condition->value > schema_most(&condition->field))
			return mistake(parser, error_set(ERROR_OPTION,
							 "the field has only %u bits, so it cannot have this value",
							 condition->field.bits));
		return ERROR_NONE;
	}
	if (condition->subject != TRIGGER_FIELD)
		return mistake(parser, error_set(ERROR_OPTION, "this field needs a number"));
	return mistake(parser, value_of_name(condition->field.shown, word, parser->config, &condition->value));
}

/** Reads the value of a condition. Names can only be equal or not. */
static enum error take_comparison(struct parser *parser, struct trigger_condition *condition)
{
	bool named = condition->subject == TRIGGER_DETAIL || condition->subject == TRIGGER_CALL, quoted;
	bool ordered = !named && (condition->subject != TRIGGER_FIELD || value_is_ordered(condition->field.shown));
	char word[WORD_BYTES];

	skip_blanks(parser);
	RETURN_IF_ERROR(take_operator(parser, condition));
	if (!ordered && condition->order != TRIGGER_EQUAL && condition->order != TRIGGER_UNEQUAL)
		return mistake(parser,
			       error_set(ERROR_OPTION, "this field has names, which have no order: use = or !="));
	skip_blanks(parser);
	RETURN_IF_ERROR(take_value(parser, word, &quoted));
	if (named)
		return mistake(parser, value_kinds(word, condition->subject == TRIGGER_CALL, &condition->kinds));
	return take_field_value(parser, condition, word, !quoted);
}

static enum error take_condition(struct parser *parser)
{
	struct trigger *trigger = parser->trigger;
	struct trigger_condition *condition = &trigger->condition[trigger->count];
	unsigned event = 0;

	skip_blanks(parser);
	if (trigger->count == TRIGGER_CONDITIONS)
		return mistake(parser,
			       error_set(ERROR_OPTION, "a trigger has at most %d conditions", TRIGGER_CONDITIONS));
	RETURN_IF_ERROR(take_event(parser, &event));
	if (trigger->count && event != trigger->event)
		return mistake(parser, error_set(ERROR_OPTION, "all conditions of a trigger are about the same event; "
							       "give another --trigger for another event"));
	trigger->event = event;
	trigger->count++;
	if (*parser->at != '.')
		return ERROR_NONE;
	parser->word = ++parser->at;
	RETURN_IF_ERROR(take_field(parser, condition));
	return take_comparison(parser, condition);
}

/** Reads `and`. @param more receives false at the end of the text */
static enum error take_and(struct parser *parser, bool *more)
{
	skip_blanks(parser);
	*more = *parser->at != '\0';
	if (!*more)
		return ERROR_NONE;
	if (strncmp(parser->at, "and", 3) != 0 || parser->at[3] != ' ')
		return mistake(parser, error_set(ERROR_OPTION, "here, the trigger must end or continue with `and`"));
	parser->at += 3;
	return ERROR_NONE;
}

enum error trigger_parse(struct trigger *trigger, const char *text, const struct dump_schema *schema,
			 const char *config)
{
	struct parser parser = {
		.text = text, .at = text, .word = text, .trigger = trigger, .schema = schema, .config = config
	};

	*trigger = (struct trigger){ 0 };
	if (strlen(text) >= sizeof(trigger->text))
		return error_set(ERROR_OPTION, "a trigger has at most %zu characters", sizeof(trigger->text) - 1);
	for (; *parser.word; parser.word++)
		if (*parser.word < ' ' || *parser.word > '~')
			return error_set(ERROR_OPTION, "character %d is not printable ASCII",
					 (int)(parser.word - text) + 1);
	strcpy(trigger->text, text);
	for (bool more = true; more;) {
		RETURN_IF_ERROR(take_condition(&parser));
		RETURN_IF_ERROR(take_and(&parser, &more));
	}
	return ERROR_NONE;
}

/* ---- testing records ---- */

/** Returns the order of two values: negative, 0 or positive. */
static int compare(uint64_t left, uint64_t right, bool is_signed)
{
	if (is_signed)
		return ((int64_t)left > (int64_t)right) - ((int64_t)left < (int64_t)right);
	return (left > right) - (left < right);
}

static bool order_matches(enum trigger_operator wanted, int order)
{
	switch (wanted) {
	case TRIGGER_EQUAL:
		return order == 0;
	case TRIGGER_UNEQUAL:
		return order != 0;
	case TRIGGER_LESS:
		return order < 0;
	case TRIGGER_AT_MOST:
		return order <= 0;
	case TRIGGER_MORE:
		return order > 0;
	case TRIGGER_AT_LEAST:
		return order >= 0;
	}
	return false;
}

static bool field_matches(const struct trigger_condition *condition, const struct trigger_record *record)
{
	const struct schema_field *field = &condition->field;
	bool is_signed = field->shown == TRACE_TYPE_INT;
	uint64_t value;

	if (!fields_value_of(field, record->slot, record->extra, &value))
		return false;
	if (is_signed)
		value = (uint64_t)fields_signed(field, value);
	return order_matches(condition->order, compare(value, condition->value, is_signed));
}

/** Returns whether the exit or the SBI call has one of the kinds of the condition. A function without a name is another
 * function than all that have one. */
static bool kind_matches(const struct trigger_condition *condition, const struct trigger_record *record,
			 const struct register_names *registers)
{
	unsigned kind;

	if (condition->subject == TRIGGER_CALL) {
		struct trace_ecall call = trace_ecall_of(record->slot, record->extra);

		kind = NAMES_KIND_SBI + names_sbi_function(call.eid, call.fid);
	} else {
		struct trace_exit exit = trace_exit_of(record->slot, record->extra);

		kind = names_exit_kind((unsigned)exit.cause, exit.value, registers);
	}
	return condition->kinds[kind] == (condition->order == TRIGGER_EQUAL);
}

static bool condition_matches(const struct trigger_condition *condition, const struct trigger_record *record,
			      const struct register_names *registers)
{
	switch (condition->subject) {
	case TRIGGER_EVENT:
		return true;
	case TRIGGER_FIELD:
		return field_matches(condition, record);
	case TRIGGER_HART:
		return order_matches(condition->order, compare(record->hart, condition->value, false));
	case TRIGGER_CYCLES:
		return order_matches(condition->order, compare(record->cycles, condition->value, false));
	case TRIGGER_DETAIL:
	case TRIGGER_CALL:
		return kind_matches(condition, record, registers);
	}
	return false;
}

bool trigger_matches(const struct trigger *trigger, const struct trigger_record *record,
		     const struct register_names *registers)
{
	if (trace_slot_event(record->slot) != trigger->event)
		return false;
	for (unsigned i = 0; i < trigger->count; i++)
		if (!condition_matches(&trigger->condition[i], record, registers))
			return false;
	return true;
}

void trigger_release(struct trigger *trigger)
{
	for (unsigned i = 0; i < TRIGGER_CONDITIONS; i++) {
		free(trigger->condition[i].kinds);
		trigger->condition[i].kinds = NULL;
	}
}
