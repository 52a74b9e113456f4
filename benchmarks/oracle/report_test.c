/* Tests the verdict on a log and a dump: log and dump are good if they agree, and bad if they disagree in any possible
 * way. */
#include "benchmarks/oracle/report.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/dump/writer.h"
#include "trace/error/testing.h"
#include "trace/format/event_fields.h"

#define HARTS 2
#define EXITS 100
#define SLOTS_EACH 3

/* The contents of the dump. start() fills this structure with the exits of the log, and then each test changes a part
 * of it. */
static struct {
	struct oracle_exit exit[HARTS][EXITS + 1];
	size_t count[HARTS];
	uint64_t lost[HARTS];   /* lost slots before the first slot in the dump */
	uint64_t unread[HARTS]; /* the number of lost slots in the dump's statistics */
	bool in_flight[HARTS];
	unsigned ext;
} dump;

static struct expected expected;
static struct recorded recorded;
static char *text;
static size_t text_bytes;

static void start(void)
{
	memset(&dump, 0, sizeof(dump));
	memset(&expected, 0, sizeof(expected));
	dump.ext = 2;
	for (unsigned hart = 0; hart < HARTS; hart++) {
		for (unsigned i = 0; i < EXITS; i++) {
			struct oracle_exit exit = { .pc = 0x80200000 + 4 * i + hart,
						    .value = i,
						    .cause = i % 7 ? 9 : 0x83,
						    .before = i & 1,
						    .after = ~i & 1 };

			dump.exit[hart][i] = exit;
			must_work(exit_list_add(&expected.hart[hart].exits, &exit));
		}
		dump.count[hart] = EXITS;
		expected.hart[hart].lines = EXITS;
	}
	expected.harts = HARTS;
}

static size_t make_slots(unsigned hart, struct trace_slot *slots)
{
	size_t count = 0;

	for (size_t i = 0; i < dump.count[hart]; i++) {
		const struct oracle_exit *exit = &dump.exit[hart][i];
		struct trace_exit fields = { .cause = exit->cause,
					     .before = exit->before,
					     .after = exit->after,
					     .pc = exit->pc,
					     .value = exit->value };
		uint64_t words[1 + TRACE_EXIT_EXT];

		trace_exit_pack(fields, words);
		count += trace_slots_make(slots + count, i, TRACE_EXIT, dump.ext, words);
	}
	return count;
}

static enum error write_chunks(struct dump_writer *writer)
{
	static const uint64_t ids[HARTS] = { 0, 1 };
	struct dump_machine machine = { .harts = HARTS, .slots = 1024 };

	RETURN_IF_ERROR(dump_write_machine(writer, &machine, ids, NULL));
	RETURN_IF_ERROR(dump_write_schema(writer));
	for (unsigned hart = 0; hart < HARTS; hart++) {
		struct dump_statistics statistics = { .hart = hart,
						      .lost = dump.unread[hart],
						      .in_flight = dump.in_flight[hart] };
		struct trace_slot slots[SLOTS_EACH * (EXITS + 1)];

		RETURN_IF_ERROR(dump_write_ring(writer, hart, dump.lost[hart], dump.lost[hart], slots,
						make_slots(hart, slots)));
		RETURN_IF_ERROR(dump_write_statistics(writer, &statistics));
	}
	return ERROR_NONE;
}

static enum error read_dump(void)
{
	char path[] = "/tmp/oracleXXXXXX";
	int file = mkstemp(path);
	struct dump_writer *writer;

	cr_assert_geq(file, 0);
	must_work(dump_writer_open(&writer, path));
	must_work(write_chunks(writer));
	must_work(dump_writer_close(writer));
	memset(&recorded, 0, sizeof(recorded));

	enum error error = recorded_read(&recorded, path);

	(void)close(file);
	(void)unlink(path);
	return error;
}

/* Returns the verdict on the present contents of log and dump. Stores the report in `text`. */
static bool verdict(void)
{
	FILE *out = open_memstream(&text, &text_bytes);

	must_work(read_dump());

	bool good = report_write(out, &expected, &recorded, 2);

	(void)fclose(out);
	recorded_release(&recorded);
	return good;
}

static void drop(unsigned hart, size_t at)
{
	memmove(&dump.exit[hart][at], &dump.exit[hart][at + 1], (EXITS - at) * sizeof(struct oracle_exit));
	dump.count[hart]--;
}

Test(report, a_trace_with_exactly_the_exits_of_the_log_is_good, .init = start)
{
	cr_expect(verdict(), "%s", text);
	cr_expect(strstr(text, "the trace has exactly the exits of QEMU's log"));
}

Test(report, a_missing_record_is_shown_with_the_exits_around_it, .init = start)
{
	drop(1, 50);
	cr_expect_not(verdict());
	cr_expect(strstr(text, "hart 1: - only in QEMU's log (1), + only in the trace (0)\n"), "%s", text);
	cr_expect(strstr(text, "  - environment_call_from_s_mode   pc 0x802000c9 "), "%s", text);
	cr_expect(strstr(text, "    machine_software_interrupt     pc 0x802000c5 "), "%s", text);
	cr_expect(strstr(text, "    environment_call_from_s_mode   pc 0x802000cd "), "%s", text);
	cr_expect_not(strstr(text, "hart 0: -"));
}

Test(report, a_record_without_a_trap_in_the_log_is_shown, .init = start)
{
	dump.exit[0][EXITS] = (struct oracle_exit){ .pc = 0x1234, .cause = 77 };
	dump.count[0]++;
	cr_expect_not(verdict());
	cr_expect(strstr(text, "  + exception_77                   pc 0x1234 "), "%s", text);
}

Test(report, a_record_with_a_wrong_tval_is_shown_beside_the_trap_in_the_log, .init = start)
{
	dump.exit[0][10].value = 0xabc;
	cr_expect_not(verdict());
	cr_expect(strstr(text, "hart 0: - only in QEMU's log (1), + only in the trace (1)\n"), "%s", text);
	cr_expect(strstr(text, "value 0xabc"), "%s", text);
}

Test(report, the_same_exits_on_the_wrong_harts_are_bad, .init = start)
{
	dump.exit[0][20] = expected.hart[1].exits.exit[20];
	dump.exit[1][20] = expected.hart[0].exits.exit[20];
	cr_expect_not(verdict());
}

Test(report, a_lost_slot_is_bad_even_if_no_exit_is_missing, .init = start)
{
	dump.lost[1] = 3;
	cr_expect_not(verdict());
	dump.lost[1] = 0;
	dump.unread[1] = 1;
	cr_expect_not(verdict());
}

Test(report, an_exit_in_flight_is_good_only_if_log_and_trace_both_have_it, .init = start)
{
	dump.in_flight[0] = true;
	cr_expect_not(verdict());
	cr_expect(strstr(text, "hart 0: an exit has not ended in the trace, but all exits have ended in QEMU's log"),
		  "%s", text);
	expected.hart[0].has_open = true;
	cr_expect(verdict(), "%s", text);
	dump.in_flight[0] = false;
	cr_expect_not(verdict());
	cr_expect(strstr(text, "hart 0: in QEMU's log an exit has not ended, instruction_address_misaligned at 0x0"),
		  "%s", text);
}

Test(report, a_hart_that_traps_in_the_log_but_is_not_in_the_trace_is_bad, .init = start)
{
	expected.harts = HARTS + 1;
	cr_expect(verdict(), "hart 2 never trapped");
	expected.hart[HARTS].lines = 1;
	cr_expect_not(verdict());
	cr_expect(strstr(text, "hart 2 is in QEMU's log, but not in the trace"), "%s", text);
}

Test(report, a_dump_with_exits_without_pc_and_value_is_refused, .init = start)
{
	dump.ext = 1;
	cr_expect_eq(read_dump(), ERROR_DATA);
	cr_expect(strstr(error_message(), "exit_args"), "%s", error_message());
}
