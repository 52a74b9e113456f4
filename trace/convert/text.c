/* Converts a timeline to JSON or CSV. For each record it fills a row with all known facts about the record, and then
 * writes the row in the chosen format.
 *
 * This is the code that takes most of the time of a conversion, so it neither allocates memory nor parses a format
 * string for a record. Names come from a cache, and the names of functions are escaped before the first record. */
#include "trace/convert/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/fields.h"
#include "trace/convert/json.h"
#include "trace/convert/names.h"
#include "trace/convert/row.h"

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

char *row_put_field(char *at, struct name_cache *names, const struct schema_field *field, uint64_t value)
{
	switch (fields_form(field)) {
	case FIELDS_NUMBER:
		return put_decimal(at, value);
	case FIELDS_SIGNED:
		return put_signed(at, fields_signed(field, value));
	case FIELDS_NAME:
		return name_put(at, name_cache_find(names, (struct name_key){ NAME_FIELD + field->shown, value }));
	default:
		return put_hexadecimal(at, value);
	}
}

static void describe_exit(struct text *text, struct row *row, const struct trace_exit *exit, unsigned kind)
{
	const struct timeline_event *event = row->event;

	row->cause = (struct name_key){ NAME_CAUSE, exit->cause };
	row->detail = (struct name_key){ NAME_DETAIL, kind };
	row->module = (struct name_key){ NAME_MODULE, exit->module };
	row->device = timeline_register(text->timeline, event);
	row->is_exit = true;
	row->duration = event->spent - event->observing;
	row->saturated = event->saturated;
	row->start_ns = timeline_ns(text->timeline, event->hart, event->begin);
	row->before = (struct name_key){ NAME_WORLD, exit->before };
	row->after = (struct name_key){ NAME_WORLD, exit->after };
	row->outcome = (struct name_key){ NAME_OUTCOME, exit->outcome };
	if (event->extra)
		row->function = function_texts_find(&text->functions, exit->pc, &row->offset);
}

/** Describes a record that is not an exit. */
static void describe(struct row *row)
{
	const struct trace_slot *slot = row->event->slot;
	unsigned extra = row->event->extra;
	struct trace_ecall ecall;
	struct trace_module module;

	switch (row->event->meaning) {
	case TRACE_INTERRUPT:
		row->cause.list = NAME_CAUSE;
		row->cause.value = trace_interrupt_of(slot, extra).cause | TRACE_CAUSE_INTERRUPT;
		return;
	case TRACE_ECALL:
		ecall = trace_ecall_of(slot, extra);
		row->detail = (struct name_key){ NAME_SBI, ecall.eid | ecall.fid << 32 };
		return;
	case TRACE_COUNTER:
		row->name = (struct name_key){ NAME_COUNTER, trace_counter_of(slot, extra).id };
		return;
	case TRACE_MODULE:
		module = trace_module_of(slot, extra);
		row->module = (struct name_key){ NAME_MODULE, module.module };
		row->name = (struct name_key){ NAME_MODULE_EVENT, module.module << 32 | module.event };
		return;
	case TRACE_MARK:
		row->name = (struct name_key){ NAME_MARK, trace_mark_of(slot, extra).id };
		return;
	default:
		row->by_list = true;
		return;
	}
}

/** Returns whether `--cause` selects exits of this kind. Compares the names only once for each kind. */
static bool is_selected(struct text *text, unsigned kind)
{
	if (!text->options.cause)
		return true;
	if (!text->selected[kind])
		text->selected[kind] = names_kind_is(kind, text->options.cause) ? 'y' : 'n';
	return text->selected[kind] == 'y';
}

/** Fills a row. @return false if the record is an exit that `--cause` does not select */
static bool fill(struct text *text, struct row *row)
{
	const struct timeline_event *event = row->event;

	if (event->meaning == TRACE_EXIT) {
		struct trace_exit exit = trace_exit_of(event->slot, event->extra);
		unsigned kind = names_exit_kind((unsigned)exit.cause, exit.value, &text->timeline->registers);

		if (!is_selected(text, kind))
			return false;
		describe_exit(text, row, &exit, kind);
	} else {
		describe(row);
	}
	row->uncertainty = timeline_uncertainty(text->timeline, event->hart, event->cycles);
	return true;
}

static void take_event(void *self, const struct timeline_event *event)
{
	struct text *text = self;
	struct row row = { .event = event };

	if (!fill(text, &row)) {
		text->account.left_out[event->id]++;
		return;
	}
	output_room(text->output);

	char *at = (char *)text->output->at;

	if (text->options.csv) {
		at = csv_row_put(at, text->names, &row);
	} else {
		if (text->records || text->gaps)
			*at++ = ',';
		at = json_row_put(at, text->names, &row);
	}
	text->output->at = (uint8_t *)at;
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
	text->timeline = text->names->timeline = timeline;
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

static void release(struct text *text)
{
	function_texts_close(&text->functions);
	free(text->names);
	free(text->selected);
	text->names = NULL;
	text->selected = NULL;
}

_Static_assert(ROW_BYTES <= OUTPUT_ROOM_BYTES, "a row fits into the room that output_room() makes");

enum error text_open(struct text *text, struct output *output, const struct text_options *options,
		     struct timeline_sink *sink)
{
	size_t longest = symbols_longest(options->symbols);

	*text = (struct text){ .output = output, .options = *options };
	RETURN_IF_ERROR(output_widen(output, FUNCTION_TEXT_FACTOR * longest));
	RETURN_IF_ERROR(function_texts_open(&text->functions, options->symbols, options->csv));
	text->names = calloc(1, sizeof(*text->names));
	text->selected = calloc(NAMES_KINDS, 1);
	if (!text->names || !text->selected) {
		release(text);
		return error_no_memory();
	}
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
	release(text);
}
