/* Runs the tests in the order of their names, prints one line for each check, and ends the run with a verdict. */
#include "payloads/runtime/test.h"

#include "payloads/runtime/print.h"

/* All TEST()s, sorted by name. The linker script defines these symbols. */
extern const struct test tests_begin[], tests_end[];

/* The program that starts the guest can write the name of a test into the image, directly after this mark. Then only
 * that test runs. */
#define CHOICE_MARK "only this test: "
static volatile const char choice[sizeof(CHOICE_MARK) + 100] = CHOICE_MARK;

#define TOO_MANY_FAILURES 100

static unsigned failures;

static void end_failed(void) __attribute__((noreturn));

static void end_failed(void)
{
	print("FAIL %u\n", failures);
	test_finish(1);
}

static void count_failure(void)
{
	if (++failures == TOO_MANY_FAILURES)
		end_failed();
}

bool expect(bool condition, const char *what)
{
	print("  %s %s\n", condition ? "ok" : "FAIL", what);
	if (!condition)
		count_failure();
	return condition;
}

bool expect_equal(uint64_t seen, uint64_t wanted, const char *what)
{
	if (seen == wanted)
		return expect(true, what);
	print("  FAIL %s: %lx instead of %lx\n", what, seen, wanted);
	count_failure();
	return false;
}

bool expect_trap(struct trap trap, uint64_t cause, uint64_t value, const char *what)
{
	if (trap.count == 1 && trap.cause == cause && trap.value == value)
		return expect(true, what);
	print("  FAIL %s: %lu traps, cause %lx value %lx at %lx instead of one, cause %lx value %lx\n", what,
	      trap.count, trap.cause, trap.value, trap.pc, cause, value);
	count_failure();
	return false;
}

bool expect_no_trap(struct trap trap, const char *what)
{
	if (trap.count == 0)
		return expect(true, what);
	print("  FAIL %s: %lu traps, cause %lx value %lx at %lx instead of none\n", what, trap.count, trap.cause,
	      trap.value, trap.pc);
	count_failure();
	return false;
}

void show(const char *what, uint64_t value)
{
	print("  %s %lx\n", what, value);
}

static bool is_chosen(const char *name)
{
	const volatile char *chosen = choice + sizeof(CHOICE_MARK) - 1;

	if (!*chosen)
		return true;
	while (*name && *name == *chosen)
		name++, chosen++;
	return *name == *chosen;
}

void test_run_all(void)
{
	print("guest begins\n");
	test_begin();
	for (const struct test *test = tests_begin; test < tests_end; test++) {
		if (!is_chosen(test->name))
			continue;
		print("%s\n", test->name);
		test->run();
	}
	if (!failures) {
		print("PASS\n");
		test_finish(0);
	}
	end_failed();
}

void test_print_skip(void)
{
	print("SKIP no hv\n");
}

void test_end_at_trap(const char *mode, const struct trap_frame *frame)
{
	print("  unexpected trap into %s-mode: cause %lx value %lx pc %lx status %lx\n", mode, frame->cause,
	      frame->value, frame->pc, frame->status);
	failures++;
	end_failed();
}
