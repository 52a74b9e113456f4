/* Compares each record with the state of its hart, which the earlier records show. After a gap, it is not known in
 * which world the hart is and whether it sleeps, until a record shows it. */
#include "trace/check/rules.h"

#include <stdlib.h>
#include <string.h>

#include "trace/convert/names.h"
#include "trace/format/slot.h"

#define UNKNOWN (-1)

const char *const rule_name[RULES] = {
#define RULE(NAME, name, text) #name,
#include "trace/check/rules.def"
};

const char *const rule_text[RULES] = {
#define RULE(NAME, name, text) text,
#include "trace/check/rules.def"
};

/** Reports that a rule is broken, unless @p holds is true. */
static void expect(struct rules *rules, bool holds, enum rule rule, uint32_t hart, const struct trace_record *record)
{
	if (holds)
		return;
	rules->count[rule]++;
	rules->broken(rule, hart, record, rules->context);
}

/** Marks the hart's world and sleep as unknown, so that any next record about them is accepted. */
static void forget(struct rule_hart *hart)
{
	hart->world = UNKNOWN;
	hart->asleep = UNKNOWN;
}

/** Finds the state of a hart. Adds the hart when its first record comes, because a damaged dump may not describe the
 * machine. */
static enum error find_hart(struct rules *rules, uint32_t index, struct rule_hart **hart)
{
	if (index >= rules->harts) {
		struct rule_hart *more = realloc(rules->hart, (index + 1) * sizeof(*more));

		if (!more)
			return error_no_memory();
		rules->hart = more;
		for (uint32_t i = rules->harts; i <= index; i++) {
			more[i] = (struct rule_hart){ 0 };
			forget(&more[i]);
		}
		rules->harts = index + 1;
	}
	*hart = &rules->hart[index];
	return ERROR_NONE;
}

/** Checks an exit, and counts it under its cause. If the recorded duration is saturated, the exit may have taken
 * longer, and it is unknown when the exit began. */
static void check_exit(struct rules *rules, struct rule_hart *hart, const struct trace_record *record)
{
	struct trace_exit exit = trace_exit_unpack(record->word, record->ext);
	unsigned cause = (unsigned)exit.cause;
	bool possible = exit.before <= TRACE_WORLD_PAYLOAD && exit.after <= TRACE_WORLD_PAYLOAD &&
			exit.outcome <= TRACE_FORWARDED;

	expect(rules, possible, RULE_EXIT, record->hart, record);
	expect(rules, hart->world == UNKNOWN || hart->world == (int)exit.before, RULE_WORLD, record->hart, record);
	expect(rules,
	       exit.duration == TRACE_DURATION_UNKNOWN || !hart->exit_end ||
		       (exit.duration <= record->time && record->time - exit.duration >= hart->exit_end),
	       RULE_OVERLAP, record->hart, record);
	hart->world = (int)exit.after;
	hart->exit_end = record->time;
	if (possible && names_index_cause(names_cause_index(cause)) == cause)
		hart->exits[exit.before][names_cause_index(cause)]++;
}

/** Checks a SYNC record. Besides other reasons, hv writes a SYNC record when a guest chooses which events are recorded.
 * Some events before the SYNC record may not have been recorded, so the hart's world and sleep are unknown after it. */
static void check_sync(struct rules *rules, struct rule_hart *hart, const struct trace_record *record)
{
	struct trace_sync sync = trace_sync_unpack(record->word, record->ext);

	expect(rules, record->ext == TRACE_SYNC_EXT && sync.mcycle <= sync.mcycle_again && sync.mtime >= hart->mtime,
	       RULE_SYNC, record->hart, record);
	hart->mtime = sync.mtime;
	forget(hart);
}

static void check_sleep(struct rules *rules, struct rule_hart *hart, const struct trace_record *record)
{
	int enters = record->meaning == TRACE_WFI_ENTER;

	expect(rules, hart->asleep == UNKNOWN || hart->asleep != enters, RULE_WFI, record->hart, record);
	hart->asleep = enters;
}

/** Checks an interrupt that another hart sent. The flow ids of a hart's interrupts always grow. If a flow id is not
 * larger than the last one, the hart has received the interrupt twice. */
static void check_flow(struct rules *rules, const struct overview *overview, struct rule_hart *hart,
		       const struct trace_record *record)
{
	if (record->meaning == TRACE_IPI_SEND) {
		uint64_t target = trace_flow_target(trace_ipi_send_unpack(record->word, record->ext).flow);

		expect(rules, target < overview->harts || !overview->has_machine, RULE_FLOW, record->hart, record);
		return;
	}

	uint64_t flow = trace_ipi_recv_unpack(record->word, record->ext).flow;

	expect(rules, trace_flow_target(flow) == record->hart && flow >= hart->flow, RULE_FLOW, record->hart, record);
	hart->flow = flow + 1;
}

/** Returns whether the record fits the definition of its event in the dump's schema. If this tool has an event with the
 * same id, the schema must also define it in the same way. */
static bool fits_schema(const struct overview *overview, const struct trace_record *record)
{
	const struct schema_event *event = &overview->schema.event[record->id];
	bool redefined = record->id < TRACE_EVENTS && record->meaning == TRACE_EVENTS;

	return !overview->has_schema || (event->name[0] && record->ext <= event->ext && !redefined);
}

enum error rules_record(struct rules *rules, const struct overview *overview, const struct trace_record *record)
{
	struct rule_hart *hart = NULL;

	RETURN_IF_ERROR(find_hart(rules, record->hart, &hart));
	if (record->inferred) {
		forget(hart);
		return ERROR_NONE;
	}
	expect(rules, fits_schema(overview, record), RULE_EVENT, record->hart, record);
	expect(rules, record->time >= hart->time, RULE_TIME, record->hart, record);
	hart->time = record->time;
	switch (record->meaning) {
	case TRACE_EXIT:
		check_exit(rules, hart, record);
		break;
	case TRACE_SYNC:
		check_sync(rules, hart, record);
		break;
	case TRACE_LOST:
		forget(hart);
		break;
	case TRACE_WFI_ENTER:
	case TRACE_WFI_LEAVE:
		check_sleep(rules, hart, record);
		break;
	case TRACE_IPI_SEND:
	case TRACE_IPI_RECV:
		check_flow(rules, overview, hart, record);
		break;
	}
	return ERROR_NONE;
}

/** Returns whether the statistics of a hart fit the slots that the dump contains.
 * @param partial true if chunks may be missing */
static bool adds_up(const struct overview_hart *hart, bool partial)
{
	const struct dump_statistics *statistics = &hart->statistics;
	uint64_t read = statistics->read, lost = statistics->lost;

	/* The sum may be less than `emitted`, because slots may have been left in the ring. The first comparison
	 * refuses sums that overflow. */
	return read + lost >= read && read + lost <= statistics->emitted && hart->next <= statistics->emitted &&
	       (partial ? read >= hart->slots : read == hart->slots && lost >= hart->lost);
}

/** Returns how many exits have a record but were not counted by hv. One such exit is allowed, because hv may not have
 * counted the last exit yet when the dump was taken. */
static uint64_t uncounted(const struct rule_hart *hart, const struct dump_statistics *statistics)
{
	uint64_t more = 0;

	for (unsigned world = 0; world < 2; world++)
		for (unsigned cause = 0; cause < 64; cause++)
			if (hart->exits[world][cause] > statistics->exits[world][cause])
				more += hart->exits[world][cause] - statistics->exits[world][cause];
	return more;
}

/** Returns whether hv has counted exits. If hv has no module exit_counter_per_cause, all counters of exits are 0. */
static bool has_counts(const struct dump_statistics *statistics)
{
	static const uint64_t none[2][64];

	return memcmp(statistics->exits, none, sizeof(none)) != 0;
}

void rules_finish(struct rules *rules, const struct overview *overview)
{
	for (uint32_t index = 0; index < overview->harts; index++) {
		const struct overview_hart *hart = &overview->hart[index];

		expect(rules, record_stream_malformed(&hart->stream) == 0, RULE_SLOTS, index, NULL);
		expect(rules, rules->partial || hart->has_statistics, RULE_STATISTICS, index, NULL);
		if (!hart->has_statistics)
			continue;
		expect(rules, adds_up(hart, rules->partial), RULE_STATISTICS, index, NULL);
		if (index < rules->harts && has_counts(&hart->statistics))
			expect(rules, uncounted(&rules->hart[index], &hart->statistics) <= 1, RULE_COUNTS, index, NULL);
	}
}

uint64_t rules_total(const struct rules *rules)
{
	uint64_t total = 0;

	for (unsigned rule = 0; rule < RULES; rule++)
		total += rules->count[rule];
	return total;
}

void rules_release(struct rules *rules)
{
	free(rules->hart);
	rules->hart = NULL;
	rules->harts = 0;
}
