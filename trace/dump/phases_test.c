/* Tests that phases are found in boot_counter's records and in the lines of a chunk, and are sorted by their start. */
#include "trace/dump/phases.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "abi/hartscope.h"
#include "trace/error/testing.h"
#include "trace/format/slot.h"

#define MODULE 3u /* the number of a module; any number works */

static struct phases phases;

/** Passes the two records that boot_counter writes at the start of a phase. */
static void stamp(uint32_t hart, unsigned number, uint64_t mtime)
{
	phases_take_record(&phases, hart, TRACE_MODULE, MODULE | number << 8, mtime);
	phases_take_record(&phases, hart, TRACE_COUNTER, HARTSCOPE_COUNTER_BOOT + number, 7);
}

static void expect(unsigned place, const char *name, uint64_t mtime)
{
	cr_assert_gt(phases.count, place);
	cr_expect_str_eq(phases.phase[place].name, name);
	cr_expect_eq(phases.phase[place].mtime, mtime);
}

Test(phases, the_start_of_a_phase_is_read_from_boot_counters_records)
{
	stamp(0, HARTSCOPE_PHASE_HV, 100);
	stamp(0, HARTSCOPE_PHASE_FIRMWARE, 250);
	phases_take_record(&phases, 0, TRACE_EXIT, 1, 2);
	stamp(0, HARTSCOPE_PHASE_KERNEL, 4000);
	cr_assert_eq(phases.count, 3);
	expect(0, "hv", 100);
	expect(1, "firmware", 250);
	expect(2, "kernel", 4000);
}

Test(phases, records_of_other_harts_modules_and_counters_are_ignored)
{
	stamp(1, HARTSCOPE_PHASE_HV, 100);
	phases_take_record(&phases, 0, TRACE_MODULE, MODULE, 100);
	phases_take_record(&phases, 0, TRACE_COUNTER, 0x100, 5);
	phases_take_record(&phases, 0, TRACE_COUNTER, HARTSCOPE_COUNTER_BOOT, 5);
	phases_take_record(&phases, 0, TRACE_MODULE, MODULE | 5 << 8, 100);
	phases_take_record(&phases, 0, TRACE_COUNTER, HARTSCOPE_COUNTER_BOOT, 5);
	cr_expect_eq(phases.count, 0);
}

Test(phases, lines_are_written_in_order_of_time_and_read_back)
{
	char text[PHASES_TEXT_BYTES];
	struct phases written = { 0 };

	must_work(phases_add(&written, "workload", 8, 900));
	must_work(phases_add(&written, "init", 4, 500));
	must_work(phases_add(&written, "a b", 3, UINT64_MAX));
	cr_expect_eq(phases_text(&written, text), strlen(text));
	cr_expect_str_eq(text, "phase 500 init\nphase 900 workload\nphase 18446744073709551615 a b\n");
	must_work(phases_take_text(&phases, text, strlen(text)));
	cr_expect_arr_eq(phases.phase, written.phase, sizeof(phases.phase));
}

Test(phases, a_second_phase_of_the_same_name_is_ignored)
{
	stamp(0, HARTSCOPE_PHASE_KERNEL, 4000);
	must_work(phases_add(&phases, "kernel", 6, 9));
	cr_assert_eq(phases.count, 1);
	expect(0, "kernel", 4000);
}

Test(phases, a_wrong_line_is_an_error_but_the_other_lines_are_read)
{
	static const char *const wrong[] = { "phase init",
					     "phase 12",
					     "phase 12 ",
					     "phase x init",
					     "phase 99999999999999999999 init",
					     "phase 1 a\tb",
					     "phase 1 0123456789012345678901234567890123" };
	char text[128];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		phases = (struct phases){ 0 };
		snprintf(text, sizeof(text), "%s\nother line\nphase 7 init", wrong[i]);
		cr_expect_eq(phases_take_text(&phases, text, strlen(text)), ERROR_DATA, "%s", wrong[i]);
		cr_assert_eq(phases.count, 1, "%s", wrong[i]);
		expect(0, "init", 7);
	}
}

Test(phases, a_phase_beyond_the_limit_is_refused)
{
	char name[8], text[PHASES_TEXT_BYTES];

	for (unsigned i = 0; i < PHASES_MOST; i++) {
		snprintf(name, sizeof(name), "%u", i);
		must_work(phases_add(&phases, name, strlen(name), UINT64_MAX - i));
	}
	cr_expect_eq(phases_add(&phases, "one more", 8, 0), ERROR_DATA);
	cr_expect_eq(phases.count, PHASES_MOST);
	cr_expect_lt(phases_text(&phases, text), sizeof(text));
}

Test(phases, ticks_are_converted_to_nanoseconds_without_overflow)
{
	cr_expect_eq(phases_ns(73462, 10000000), 7346200);
	cr_expect_eq(phases_ns(UINT64_MAX, 1), INT64_MAX);
	cr_expect_eq(phases_ns(3, 1000000000), 3);
}
