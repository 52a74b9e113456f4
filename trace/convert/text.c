/* Converts a timeline to JSON or CSV. For each record it fills a row with all known facts about the record, and then
 * writes the row in the chosen format. */
#include "trace/convert/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/escape.h"
#include "trace/convert/fields.h"
#include "trace/convert/json.h"
#include "trace/convert/names.h"

/* The columns of CSV. A JSON record has members with the same names, with one exception: instead of payload and word1
 * to word3 it has an array `words`.
 * cause: the cause of an exit or of an interrupt (names.h) detail: the detail of an exit, or the function of an SBI
 * call name: the name of a counter, of a module's event or of a mark word1 to word3: the words of the EXT slots, as
 * numbers without interpretation uncertainty_ns: the uncertainty of `ns`; if it is not known, the column is empty in
 * CSV and null in JSON asleep_cycles, observing_cycles, guest, guest_cycles: see struct timeline_event register: the
 * device register that an exit accessed, and the hart to which the register belongs fields: all fields of the record,
 * for an event that the other columns do not describe */
static const char header[] =
	"hart,sequence,cycles,ns,event,cause,detail,name,start_ns,duration_cycles,before,after,outcome,"
	"module,payload,word1,word2,word3,function,uncertainty_ns,"
	"asleep_cycles,observing_cycles,guest,guest_cycles,register,fields\n";

#define JSON_FACTOR 6 /* one byte of a text becomes up to 6 bytes in JSON (such as \u001f), and fewer in CSV */

struct row {
	const struct timeline *timeline;
	const struct timeline_event *event;
	unsigned kind; /* the kind of an exit (names.h) */
	char cause[NAMES_BYTES], detail[NAMES_BYTES], name[NAMES_BYTES], module[NAMES_BYTES];
	const char *before, *after, *outcome, *function, *device; /* NULL if the text is not known or does not exist */
	/* `saturated` is true if the exit took `duration` or more cycles, so that its start is not known. */
	bool is_exit, saturated;
	bool by_list; /* true if only the column `fields` describes the record, with the fields that the schema lists */
	int64_t start_ns, uncertainty;
	uint64_t duration, offset;
};

static void describe_exit(const struct text *text, struct row *row)
{
	const struct timeline_event *event = row->event;
	struct trace_exit exit = trace_exit_of(event->slot, event->extra);
	row->kind = names_exit_kind((unsigned)exit.cause, exit.value, &text->timeline->registers);
	names_cause(row->cause, (unsigned)exit.cause);
	names_kind_detail(row->detail, row->kind);
	names_module(row->module, text->timeline->machine.config, (unsigned)exit.module);
	row->device = timeline_register(text->timeline, event);
	row->is_exit = true;
	row->duration = event->spent - event->observing;
	row->saturated = event->saturated;
	row->start_ns = timeline_ns(text->timeline, event->hart, event->begin);
	row->before = names_world((unsigned)exit.before);
	row->after = names_world((unsigned)exit.after);
	row->outcome = names_outcome((unsigned)exit.outcome);
	if (event->extra && text->options.symbols)
		row->function = symbols_find(text->options.symbols, exit.pc, &row->offset);
}

static void describe_module(const struct text *text, struct row *row)
{
	struct trace_module fields = trace_module_of(row->event->slot, row->event->extra);
	const char *config = text->timeline->machine.config;

	names_module(row->module, config, (unsigned)fields.module);
	names_module_event(row->name, config, (unsigned)fields.module, (unsigned)fields.event);
}

static void describe(const struct text *text, struct row *row)
{
	const struct trace_slot *slot = row->event->slot;
	unsigned extra = row->event->extra;
	struct trace_ecall ecall;

	switch (row->event->meaning) {
	case TRACE_EXIT:
		describe_exit(text, row);
		return;
	case TRACE_INTERRUPT:
		names_cause(row->cause, (unsigned)trace_interrupt_of(slot, extra).cause | TRACE_CAUSE_INTERRUPT);
		return;
	case TRACE_ECALL:
		ecall = trace_ecall_of(slot, extra);
		names_sbi(row->detail, ecall.eid, ecall.fid);
		return;
	case TRACE_COUNTER:
		names_counter(row->name, (uint32_t)trace_counter_of(slot, extra).id);
		return;
	case TRACE_MODULE:
		describe_module(text, row);
		return;
	case TRACE_MARK:
		snprintf(row->name, sizeof(row->name), "mark %" PRIu64, trace_mark_of(slot, extra).id);
		return;
	default:
		row->by_list = true;
		return;
	}
}

/** Writes each field as "NAME=VALUE", separated by semicolons. */
static void write_csv_fields(struct output *output, const struct row *row)
{
	const struct schema_event *list = timeline_event_fields(row->timeline, row->event->id);
	const char *before = "";
	char text[NAMES_BYTES];

	for (unsigned i = 0; i < list->fields; i++) {
		const struct schema_field *field = &list->field[i];
		uint64_t value;

		if (!fields_value(field, row->event, &value))
			continue;
		output_printf(output, "%s%s=%s", before, field->name, fields_text(text, row->timeline, field, value));
		before = ";";
	}
}

/** Writes the fields as a JSON object. Numbers are JSON numbers, all other values are strings. */
static void write_json_fields(struct output *output, const struct row *row)
{
	const struct schema_event *list = timeline_event_fields(row->timeline, row->event->id);
	const char *before = "";
	char text[NAMES_BYTES];

	output_printf(output, ",\"fields\":{");
	for (unsigned i = 0; i < list->fields; i++) {
		const struct schema_field *field = &list->field[i];
		const char *quote = fields_form(field) == FIELDS_TEXT ? "\"" : "";
		uint64_t value;

		if (!fields_value(field, row->event, &value))
			continue;
		output_printf(output, "%s\"%s\":%s%s%s", before, field->name, quote,
			      fields_text(text, row->timeline, field, value), quote);
		before = ",";
	}
	output_printf(output, "}");
}

/** Returns the name of the world that the hart was in before an exit, if this world is known. */
static const char *guest_name(const struct row *row)
{
	return row->event->guest_known ? row->before : "unknown";
}

/** Writes the name of a function, and the offset in the function, as a CSV field (RFC 4180) without line breaks. */
static void write_csv_function(struct text *text, const struct row *row)
{
	(void)escape_more(text->function, row->function, "");
	bool quoted = strpbrk(text->function, "\",");
	output_room(text->output);
	uint8_t *at = text->output->at;
	if (quoted)
		*at++ = '"';
	for (const char *from = text->function; *from; from++) {
		if (*from == '"')
			*at++ = '"';
		*at++ = (uint8_t)*from;
	}
	text->output->at = at;
	output_printf(text->output, "+0x%" PRIx64 "%s", row->offset, quoted ? "\"" : "");
}

static void write_csv(struct text *text, const struct row *row)
{
	struct output *output = text->output;
	const struct timeline_event *event = row->event;
	char room[SCHEMA_NAME_BYTES];
	output_printf(output, "%u,%" PRIu64 ",%" PRIu64 ",%" PRId64 ",%s,%s,%s,%s,", event->hart, event->sequence,
		      event->cycles, event->ns, schema_event_name(row->timeline->schema, row->event->id, room),
		      row->cause, row->detail, row->name);
	if (row->is_exit && !row->saturated)
		output_printf(output, "%" PRId64, row->start_ns);
	if (row->is_exit)
		output_printf(output, ",%" PRIu64 ",%s,%s,%s,%s", row->duration, row->before, row->after, row->outcome,
			      row->module);
	else
		output_printf(output, ",,,,,%s", row->module);
	output_printf(output, ",0x%" PRIx64, event->slot->payload);
	for (unsigned i = 1; i < TRACE_RECORD_SLOTS; i++)
		if (i <= event->extra)
			output_printf(output, ",0x%" PRIx64, event->slot[i].payload);
		else
			output_printf(output, ",");
	output_printf(output, ",");
	if (row->function)
		write_csv_function(text, row);
	output_printf(output, ",");
	if (row->uncertainty < INT64_MAX)
		output_printf(output, "%" PRId64, row->uncertainty);
	if (row->is_exit)
		output_printf(output, ",%" PRIu64 ",%" PRIu64 ",%s,%" PRIu64 ",", event->slept, event->observing,
			      guest_name(row), event->guest);
	else
		output_printf(output, ",,,,,");
	if (row->device) /* the name of a register may contain a comma, but never a quote */
		output_printf(output, "\"%s\"", row->device);
	output_printf(output, ",");
	if (row->by_list)
		write_csv_fields(output, row);
	output_printf(output, "\n");
}

/** Writes the name of a function, and the offset in the function, as a member of a JSON record. */
static void write_json_function(struct output *output, const struct row *row)
{
	output_printf(output, ",\"function\":");
	output_json_string(output, row->function);
	output->at--; /* removes the closing quote, because the offset is part of the string */
	output_printf(output, "+0x%" PRIx64 "\"", row->offset);
}

static void write_json(struct output *output, const struct row *row, bool first)
{
	const struct timeline_event *event = row->event;
	char room[SCHEMA_NAME_BYTES];
	output_printf(output, "%s\n{\"hart\":%u,\"sequence\":%" PRIu64 ",\"cycles\":%" PRIu64 ",\"ns\":%" PRId64,
		      first ? "" : ",", event->hart, event->sequence, event->cycles, event->ns);
	if (row->uncertainty < INT64_MAX)
		output_printf(output, ",\"uncertainty_ns\":%" PRId64, row->uncertainty);
	else
		output_printf(output, ",\"uncertainty_ns\":null");
	output_printf(output, ",\"event\":\"%s\"", schema_event_name(row->timeline->schema, row->event->id, room));
	if (row->cause[0])
		output_printf(output, ",\"cause\":\"%s\"", row->cause);
	if (row->detail[0])
		output_printf(output, ",\"detail\":\"%s\"", row->detail);
	if (row->name[0])
		output_printf(output, ",\"name\":\"%s\"", row->name);
	if (row->is_exit) {
		if (!row->saturated)
			output_printf(output, ",\"start_ns\":%" PRId64, row->start_ns);
		output_printf(output, ",\"duration_cycles\":%" PRIu64, row->duration);
		output_printf(output, ",\"asleep_cycles\":%" PRIu64 ",\"observing_cycles\":%" PRIu64, event->slept,
			      event->observing);
		output_printf(output, ",\"guest\":\"%s\",\"guest_cycles\":%" PRIu64, guest_name(row), event->guest);
		output_printf(output, ",\"before\":\"%s\",\"after\":\"%s\",\"outcome\":\"%s\"", row->before, row->after,
			      row->outcome);
	}
	if (row->module[0])
		output_printf(output, ",\"module\":\"%s\"", row->module);
	output_printf(output, ",\"words\":[\"0x%" PRIx64 "\"", event->slot->payload);
	for (unsigned i = 1; i <= event->extra; i++)
		output_printf(output, ",\"0x%" PRIx64 "\"", event->slot[i].payload);
	output_printf(output, "]");
	if (row->function)
		write_json_function(output, row);
	if (row->device)
		output_printf(output, ",\"register\":\"%s\"", row->device);
	if (row->by_list)
		write_json_fields(output, row);
	output_printf(output, "}");
}

static void take_event(void *self, const struct timeline_event *event)
{
	struct text *text = self;
	struct row row = { .timeline = text->timeline,
			   .event = event,
			   .uncertainty = timeline_uncertainty(text->timeline, event->hart, event->cycles) };
	describe(text, &row);
	if (text->options.cause && row.is_exit && !names_kind_is(row.kind, text->options.cause)) {
		text->account.left_out[event->id]++;
		return;
	}
	if (text->options.csv)
		write_csv(text, &row);
	else
		write_json(text->output, &row, !text->records && !text->gaps);
	text->account.drawn[event->id]++;
	text->records++;
}

static void take_gap(void *self, const struct timeline_gap *gap)
{
	struct text *text = self;
	if (text->options.csv)
		output_printf(text->output, "%u,,,%" PRId64 ",gap,,,,%" PRId64 ",,,,,,0x%" PRIx64 ",,,,,,,,,,,\n",
			      gap->hart, gap->to_ns, gap->from_ns, gap->slots);
	else
		output_printf(text->output,
			      "%s\n{\"hart\":%u,\"event\":\"gap\",\"start_ns\":%" PRId64 ",\"ns\":%" PRId64
			      ",\"slots\":%" PRIu64 "}",
			      text->records || text->gaps ? "," : "", gap->hart, gap->from_ns, gap->to_ns, gap->slots);
	text->gaps++;
	text->lost += gap->slots;
}

/** Writes the configuration. If it is valid JSON, it is copied without changes. Otherwise it is written as a string. So
 * the output is always valid JSON, and no text is lost. */
static void write_config(struct output *output, const char *config)
{
	if (json_is_value(config)) {
		output_printf(output, "%s", config);
		return;
	}
	output_printf(output, *config ? "\"" : "null");
	for (const char *at = config; *at; at++)
		output_printf(output, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
	if (*config)
		output_printf(output, "\"");
}

static enum error take_machine(void *self, const struct timeline *timeline)
{
	struct text *text = self;
	text->timeline = timeline;
	if (text->options.csv)
		return ERROR_NONE;
	const struct timeline_machine *machine = &timeline->machine;
	output_printf(text->output, "{\"machine\":{\"build_id\":\"%s\",\"timebase_hz\":%" PRIu64 ",\"hart_ids\":[",
		      machine->build_id, machine->head.timebase_hz);
	for (uint32_t i = 0; i < machine->head.harts; i++)
		output_printf(text->output, "%s%" PRIu64, i ? "," : "", machine->hart_ids[i]);
	output_printf(text->output, "],\"config\":");
	write_config(text->output, machine->config);
	output_printf(text->output, "},\n\"records\":[");
	return ERROR_NONE;
}

enum error text_open(struct text *text, struct output *output, const struct text_options *options,
		     struct timeline_sink *sink)
{
	size_t longest = symbols_longest(options->symbols);
	*text = (struct text){ .output = output, .options = *options };
	RETURN_IF_ERROR(output_widen(output, JSON_FACTOR * longest));
	text->function = malloc(ESCAPE_FACTOR * longest + 1);
	if (!text->function)
		return error_no_memory();
	if (options->csv)
		output_printf(output, "%s", header);
	*sink = (struct timeline_sink){
		.machine = take_machine, .event = take_event, .gap = take_gap, .failure = &output->failure, .self = text
	};
	return ERROR_NONE;
}

void text_finish(struct text *text)
{
	if (!text->options.csv && text->timeline)
		output_printf(text->output, "]}\n");
	for (unsigned id = 0; text->timeline && id < SCHEMA_EVENTS; id++) {
		const struct timeline_totals *totals = &text->timeline->totals;

		/* The timeline does not pass records outside of the window to this sink. */
		text->account.outside[id] = totals->events[id] - totals->inside[id];
	}
	free(text->function);
	text->function = NULL;
}
