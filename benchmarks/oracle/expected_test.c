/* Tests which exits follow from a log, which traps are left out, and which logs are refused as impossible. */
#include "benchmarks/oracle/expected.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "trace/error/error.h"
#include "trace/format/slot.h"

#define TEXT_START 0x80000000
#define TEXT_END 0x80008000
#define TO_USER 0x0
#define TO_SUPERVISOR 0x800
#define TO_MACHINE 0x1800
#define SATP 0x8000000000080001ull
#define MRET 0x30200073

static struct expected expected;

static void start(void)
{
	expected_release(&expected);
	memset(&expected, 0, sizeof(expected));
	expected.text_start = TEXT_START;
	expected.text_end = TEXT_END;
}

static __attribute__((format(printf, 1, 2))) bool line(const char *format, ...)
{
	va_list arguments;
	char text[256];

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return expected_add(&expected, text) == ERROR_NONE;
}

static bool trap(unsigned hart, unsigned interrupt, unsigned cause, uint64_t epc, uint64_t tval)
{
	return line("riscv_cpu_do_interrupt: hart:%u, async:%u, cause:%016x, epc:0x%016lx, tval:0x%016lx, desc=some\n",
		    hart, interrupt, cause, epc, tval);
}

static bool enter(unsigned hart)
{
	return line("monitor: enter %u\n", hart);
}

static bool leave(unsigned hart, uint64_t mstatus, uint64_t satp, uint64_t medeleg, uint64_t mideleg)
{
	return line("monitor: leave %u %lx %lx %lx %lx\n", hart, mstatus, satp, medeleg, mideleg);
}

/* Adds the lines of an exit of hart 0. The trap happens at @p pc, and hv returns to U-mode without address
 * translation. */
static void exit_from(uint64_t pc)
{
	cr_assert(trap(0, 0, 9, pc, 0));
	cr_assert(enter(0));
	cr_assert(leave(0, TO_USER, 0, 0, 0), "%s", error_message());
}

static const struct oracle_exit *newest(unsigned hart)
{
	return &expected.hart[hart].exits.exit[expected.hart[hart].exits.count - 1];
}

Test(expected, a_trap_that_enters_hv_is_an_exit_of_its_hart, .init = start)
{
	cr_assert(leave(0, TO_USER, 0, 0, 0));
	cr_assert(leave(3, TO_SUPERVISOR, SATP, 0, 0));
	cr_assert(trap(3, 1, 7, 0x1234, 0));
	cr_assert(trap(0, 0, 5, 0x5678, 0x2000000));
	cr_assert(enter(0));
	cr_assert(enter(3));
	cr_assert_eq(expected.hart[3].exits.count, 0, "the exit has not ended");
	cr_assert(expected.hart[3].has_open);
	cr_assert(leave(3, TO_USER, 0, 0, 0));
	cr_assert(leave(0, TO_SUPERVISOR, SATP, 0, 0));
	cr_assert_eq(expected.hart[3].exits.count, 1);
	cr_assert_not(expected.hart[3].has_open);
	cr_expect(exit_is_same(newest(3), &(struct oracle_exit){ .pc = 0x1234, .cause = 0x87, .before = 1 }));
	cr_expect(exit_is_same(newest(0),
			       &(struct oracle_exit){ .pc = 0x5678, .value = 0x2000000, .cause = 5, .after = 1 }));
	cr_expect_eq(newest(3)->place, 3);
	cr_expect_eq(expected.harts, 4);
}

Test(expected, traps_in_hvs_own_code_are_not_exits, .init = start)
{
	cr_assert(trap(0, 0, 2, TEXT_START, 0));
	cr_assert(trap(0, 0, 5, TEXT_END - 2, 0));
	cr_assert(leave(0, TO_USER, 0, 0, 0));
	exit_from(TEXT_END);
	exit_from(TEXT_START - 2);
	cr_expect_eq(expected.hart[0].own, 2);
	cr_expect_eq(expected.hart[0].lines, 4);
	cr_expect_eq(expected.hart[0].exits.count, 2);
}

/* Adds the lines of a boot, up to the moment when hart 0 leaves hv for the first time. They include traps from M-mode
 * to M-mode, with which hv measures how long an exit takes. */
static void exit_from_boot(void)
{
	for (unsigned i = 0; i < 8; i++) {
		cr_assert(trap(0, 0, 3, TEXT_START + 0x100, 0));
		cr_assert(leave(0, TO_MACHINE, 0, 0, 0), "%s", error_message());
	}
	cr_assert(leave(0, TO_USER, 0, 0, 0), "%s", error_message());
}

Test(expected, the_traps_by_which_hv_measures_exits_at_boot_are_not_exits, .init = start)
{
	exit_from_boot();
	cr_expect_eq(expected.hart[0].own, 8);
	cr_expect_eq(expected.hart[0].exits.count, 0);
	cr_expect_not(expected.hart[0].has_open);
	exit_from(0x100);
	cr_expect_eq(expected.hart[0].exits.count, 1);
}

Test(expected, a_trap_that_is_delegated_when_it_happens_is_not_an_exit, .init = start)
{
	cr_assert(leave(0, TO_SUPERVISOR, SATP, 1 << 8, 1 << 5));
	cr_assert(trap(0, 0, 8, 0x100, 0));
	cr_assert(trap(0, 1, 5, 0x100, 0));
	cr_expect_eq(expected.hart[0].delegated, 2);
	cr_expect_not(expected.hart[0].has_open);
	cr_assert(trap(0, 1, 8, 0x100, 0), "medeleg delegates exceptions, mideleg interrupts");
	cr_expect(expected.hart[0].has_open);
	cr_assert(enter(0));
	cr_assert(leave(0, TO_SUPERVISOR, SATP, 0, 0));
	cr_assert(trap(0, 0, 8, 0x100, 0), "cause 8 is no longer delegated");
	cr_expect(expected.hart[0].has_open);
	cr_expect_eq(expected.hart[0].delegated, 2);
}

Test(expected, only_u_mode_without_translation_is_the_firmwares_world, .init = start)
{
	static const struct {
		uint64_t mstatus, satp;
		uint8_t world;
	} modes[] = {
		{ TO_USER, 0, TRACE_WORLD_FIRMWARE },
		{ TO_USER, SATP, TRACE_WORLD_PAYLOAD },
		{ TO_SUPERVISOR, 0, TRACE_WORLD_PAYLOAD },
		{ TO_SUPERVISOR, SATP, TRACE_WORLD_PAYLOAD },
	};

	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		start();
		cr_assert(leave(0, modes[i].mstatus, modes[i].satp, 0, 0));
		exit_from(0x100);
		cr_expect_eq(newest(0)->before, modes[i].world);
		cr_assert(trap(0, 0, 9, 0x100, 0));
		cr_assert(enter(0));
		cr_assert(leave(0, modes[i].mstatus, modes[i].satp, 0, 0));
		cr_expect_eq(newest(0)->after, modes[i].world);
	}
	cr_expect(trap(0, 0, 9, 0x100, 0) && enter(0));
	cr_expect_not(leave(0, 0x1800, 0, 0, 0), "hv never returns to M-mode");
}

Test(expected, the_value_of_an_illegal_instruction_is_the_word_in_memory_if_that_is_known, .init = start)
{
	cr_assert(leave(0, TO_USER, 0, 0, 0));
	cr_assert(trap(0, 0, 2, 0x100, 0x30029073));
	cr_assert(line("monitor: enter 0 %x\n", MRET));
	cr_assert(leave(0, TO_USER, 0, 0, 0));
	cr_expect_eq(newest(0)->value, MRET);
	cr_expect_eq(expected.hart[0].stale, 1);

	cr_assert(trap(0, 0, 2, 0x100, 0x30029073));
	cr_assert(line("monitor: enter 0 30029073\n"));
	cr_assert(leave(0, TO_USER, 0, 0, 0));
	cr_expect_eq(newest(0)->value, 0x30029073);
	cr_expect_eq(expected.hart[0].stale, 1);

	cr_assert(trap(0, 0, 2, 0x100, 0xabcd));
	cr_assert(enter(0));
	cr_assert(leave(0, TO_USER, 0, 0, 0));
	cr_expect_eq(newest(0)->value, 0xabcd);
	cr_expect_eq(expected.hart[0].unread, 1);

	cr_expect_eq(expected.hart[0].stale_others, 0);
	cr_assert(trap(0, 0, 2, 0x100, 0x30029073));
	cr_assert(line("monitor: enter 0 4200f\n"));
	cr_assert(leave(0, TO_USER, 0, 0, 0));
	cr_expect_eq(newest(0)->value, 0x4200f);
	cr_expect_eq(expected.hart[0].stale, 2);
	cr_expect_eq(expected.hart[0].stale_others, 1);
	cr_expect_eq(expected.hart[0].stale_other, 0x4200f);

	cr_assert(trap(0, 0, 5, 0x100, 0x30029073));
	cr_assert(line("monitor: enter 0 4200f\n"));
	cr_assert(leave(0, TO_USER, 0, 0, 0));
	cr_expect_eq(newest(0)->value, 0x30029073, "for other causes the value is tval");
}

Test(expected, an_impossible_log_is_refused, .init = start)
{
	cr_expect_not(trap(0, 0, 9, 0x100, 0), "a trap outside of hv's code before a guest runs");
	start();
	cr_assert(leave(0, TO_USER, 0, 0, 0));
	cr_expect_not(trap(0, 0, 9, TEXT_START, 0), "a trap in hv's code while a guest runs");
	cr_expect_not(enter(0), "hv is entered without a trap");
	cr_expect_not(leave(0, TO_USER, 0, 0, 0), "hv is left without having been entered");
	cr_assert(trap(0, 0, 9, 0x100, 0));
	cr_expect_not(trap(0, 0, 9, 0x100, 0), "a second trap before the first one enters hv");
	start();
	exit_from_boot();
	cr_assert(trap(0, 0, 9, 0x100, 0));
	cr_assert(enter(0));
	cr_expect_not(leave(0, TO_MACHINE, 0, 0, 0), "an exit that ends in M-mode");
	start();
	exit_from_boot();
	cr_expect_not(leave(0, TO_MACHINE, 0, 0, 0), "hv is left for M-mode while a guest runs");
	start();
	cr_assert(leave(0, TO_SUPERVISOR, SATP, 1 << 9, 0));
	cr_assert(trap(0, 0, 9, 0x100, 0));
	cr_expect_not(enter(0), "hv is entered after a trap that was delegated");
	cr_expect_str_eq(error_message(), "line 3: hv was entered without a trap");
}

Test(expected, unknown_lines_and_truncated_lines_are_refused, .init = start)
{
	cr_expect_not(line("plugin: hello\n"));
	cr_expect_not(line("\n"));
	cr_expect_not(
		line("riscv_cpu_do_interrupt: hart:0, async:0, cause:0000000000000002, epc:0x80000020, tval:0x7"));
	cr_expect_not(line("monitor: leave 0 0 0 0\n"));
	cr_expect_not(line("monitor: enter\n"));
	cr_expect_not(line("monitor: leave 512 0 0 0 0\n"), "too many harts");
}
