/* Compares log and trace for each hart, and writes the tables and the differences. The lists of each hart are compared
 * twice. The first comparison only counts the differences for the table. The second one shows the differences below the
 * table. */
#include "benchmarks/oracle/report.h"

#include <inttypes.h>

#include "benchmarks/oracle/difference.h"
#include "trace/convert/names.h"

#define CONTEXT 3    /* exits that are shown before and after a difference */
#define SHOWN_EACH 8 /* at most this many exits are shown for each side of a difference */

/* ---- one hart ---- */

/* The data of one hart in the log and in the trace. */
struct sides {
	FILE *out;
	const struct expected_hart *log;
	const struct recorded_hart *trace;
	unsigned most; /* at most this many further differences may be shown */
};

static void write_exits(const struct sides *sides, char mark, const struct exit_list *list, size_t first, size_t count)
{
	char text[NAMES_BYTES];

	for (size_t i = first; i < first + count && i < list->count; i++) {
		const struct oracle_exit *exit = &list->exit[i];

		if (i == first + SHOWN_EACH) {
			(void)fprintf(sides->out, "  %c ... %zu more\n", mark, first + count - i);
			return;
		}
		(void)fprintf(sides->out,
			      "  %c %-30s pc 0x%-16" PRIx64 " value 0x%-16" PRIx64 " %s to %s, %s %" PRIu64 "\n", mark,
			      names_cause(text, exit->cause), exit->pc, exit->value, names_world(exit->before),
			      names_world(exit->after), list == &sides->log->exits ? "line" : "slot", exit->place);
	}
}

static void write_difference(const struct difference *difference, void *context)
{
	struct sides *sides = context;
	const struct exit_list *expected = &sides->log->exits, *recorded = &sides->trace->exits;
	size_t before = difference->expected < CONTEXT ? difference->expected : CONTEXT;

	if (sides->most == 0)
		return;
	sides->most--;
	(void)fprintf(sides->out, "\nhart %" PRIu64 ": - only in QEMU's log (%zu), + only in the trace (%zu)\n",
		      sides->trace->id, difference->missing, difference->extra);
	write_exits(sides, ' ', expected, difference->expected - before, before);
	write_exits(sides, '-', expected, difference->expected, difference->missing);
	write_exits(sides, '+', recorded, difference->recorded, difference->extra);
	write_exits(sides, ' ', expected, difference->expected + difference->missing, CONTEXT);
}

static uint64_t count_cause(const struct exit_list *list, unsigned world, unsigned cause)
{
	uint64_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->exit[i].before == world && list->exit[i].cause == cause;
	return count;
}

static void write_causes(const struct sides *sides)
{
	char text[NAMES_BYTES];

	for (unsigned world = 0; world < 2; world++)
		for (unsigned cause = 0; cause < 256; cause++) {
			uint64_t logged = count_cause(&sides->log->exits, world, cause);
			uint64_t recorded = count_cause(&sides->trace->exits, world, cause);

			if (logged || recorded)
				(void)fprintf(sides->out, "%4" PRIu64 "  %-8s  %-36s %10" PRIu64 " %10" PRIu64 "%s\n",
					      sides->trace->id, names_world(world), names_cause(text, cause), logged,
					      recorded, logged == recorded ? "" : "  <");
		}
}

/* Writes the line of one hart into the table. Returns whether log and trace agree. */
static bool write_hart(struct sides *sides, uint64_t differences)
{
	const struct expected_hart *log = sides->log;
	const struct recorded_hart *trace = sides->trace;

	(void)fprintf(sides->out,
		      "%4" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10zu %10zu %10" PRIu64
		      " %8s/%-3s %6" PRIu64 " %11" PRIu64 "\n",
		      trace->id, log->lines, log->own, log->delegated, log->exits.count + log->has_open,
		      trace->exits.count, log->stale, log->has_open ? "1" : "0", trace->in_flight ? "1" : "0",
		      trace->lost, differences);
	return differences == 0 && trace->lost == 0 && log->has_open == trace->in_flight;
}

/* Writes notes about instruction words that could not be compared, and about an exit that is in flight in the log but
 * not in the trace, or the other way round. */
static void write_remarks(const struct sides *sides)
{
	char text[NAMES_BYTES];
	const struct oracle_exit *open = &sides->log->open;

	if (sides->log->stale_others)
		(void)fprintf(sides->out,
			      "\nhart %" PRIu64 ": %" PRIu64
			      " stale words in the log belong to instructions other than mret, first 0x%" PRIx32 "\n",
			      sides->trace->id, sides->log->stale_others, sides->log->stale_other);
	if (sides->log->unread)
		(void)fprintf(sides->out,
			      "\nhart %" PRIu64 ": %" PRIu64
			      " illegal instructions at translated addresses were compared with the words in the log\n",
			      sides->trace->id, sides->log->unread);
	if (sides->log->has_open == sides->trace->in_flight)
		return;
	if (sides->trace->in_flight)
		(void)fprintf(sides->out,
			      "\nhart %" PRIu64
			      ": an exit has not ended in the trace, but all exits have ended in QEMU's log\n",
			      sides->trace->id);
	else
		(void)fprintf(sides->out,
			      "\nhart %" PRIu64 ": in QEMU's log an exit has not ended, %s at 0x%" PRIx64
			      " (line %" PRIu64 "), but in the trace all have\n",
			      sides->trace->id, names_cause(text, open->cause), open->pc, open->place);
}

static void count_only(const struct difference *difference, void *context)
{
	(void)difference;
	(void)context;
}

/* ---- all harts ---- */

/* Reports harts that are in the log but not in the trace. Returns the number of these harts. */
static unsigned strangers(FILE *out, const struct expected *expected, const struct recorded *recorded)
{
	unsigned count = 0;

	for (uint32_t id = 0; id < expected->harts; id++) {
		bool known = expected->hart[id].place == EXPECTED_IN_HV && expected->hart[id].lines == 0;

		for (uint32_t i = 0; i < recorded->harts && !known; i++)
			known = recorded->hart[i].id == id;
		if (!known)
			(void)fprintf(out, "hart %" PRIu32 " is in QEMU's log, but not in the trace\n", id);
		count += !known;
	}
	return count;
}

/* Returns the data of a hart in the log and in the trace. A hart that never trapped is not in the log. For such a hart
 * the list of the log is empty. */
static struct sides sides_of(FILE *out, const struct expected *expected, const struct recorded_hart *trace)
{
	static const struct expected_hart nothing;
	bool logged = trace->id < EXPECTED_HARTS;

	return (struct sides){ .out = out, .log = logged ? &expected->hart[trace->id] : &nothing, .trace = trace };
}

bool report_write(FILE *out, const struct expected *expected, const struct recorded *recorded, unsigned most)
{
	bool good = strangers(out, expected, recorded) == 0;

	(void)fprintf(out,
		      "hart  log lines   hv's own  delegated      exits    records      stale in flight/trace lost "
		      "differences\n");
	for (uint32_t i = 0; i < recorded->harts; i++) {
		struct sides sides = sides_of(out, expected, &recorded->hart[i]);

		good &= write_hart(&sides, difference_search(&sides.log->exits, &sides.trace->exits, count_only, NULL));
	}
	(void)fprintf(out, "\nhart  world     exits that have ended, by cause     QEMU's log      trace\n");
	for (uint32_t i = 0; i < recorded->harts; i++) {
		struct sides sides = sides_of(out, expected, &recorded->hart[i]);

		write_causes(&sides);
	}
	for (uint32_t i = 0; i < recorded->harts; i++) {
		struct sides sides = sides_of(out, expected, &recorded->hart[i]);

		sides.most = most;
		(void)difference_search(&sides.log->exits, &sides.trace->exits, write_difference, &sides);
		write_remarks(&sides);
	}
	(void)fprintf(out, "\n%s\n",
		      good ? "the trace has exactly the exits of QEMU's log" : "THE TRACE DIFFERS from QEMU's log");
	return good;
}
