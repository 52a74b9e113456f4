/* Tests and their checks. Each check prints one line, which is the same on every machine that behaves correctly.
 * Used by every guest: TEST(name) { expect(...); } may be anywhere in its sources. Tests run in the order of their
 * names.
 * Must not print numbers that depend on time. */
#ifndef PAYLOADS_RUNTIME_TEST_H
#define PAYLOADS_RUNTIME_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include "payloads/runtime/trap.h"

struct test {
	const char *name;
	void (*run)(void);
};

#define TEST(test_name)                                                                                                \
	static void test_name(void);                                                                                   \
	static const struct test test_##test_name                                                                      \
		__attribute__((section(".tests." #test_name), used)) = { #test_name, test_name };                      \
	static void test_name(void)

/** Prints `ok` or `FAIL`, and @p what, which says what is checked. @return @p condition */
bool expect(bool condition, const char *what);

/** Checks @p seen == @p wanted, and prints both if they differ. @return whether they are equal */
bool expect_equal(uint64_t seen, uint64_t wanted, const char *what);

/** Checks that exactly one trap was caught, with @p cause and @p value. @return whether that is so */
bool expect_trap(struct trap trap, uint64_t cause, uint64_t value, const char *what);

/** Checks that no trap was caught. @return whether that is so */
bool expect_no_trap(struct trap trap, const char *what);

/** Prints a value that the host compares between the bare machine and hv. */
void show(const char *what, uint64_t value);

/** Runs all tests, prints `PASS` or `FAIL n`, and ends the run. Called on the boot hart. */
void test_run_all(void) __attribute__((noreturn));

/** Prints that the tests are skipped because the guest does not run under hv. */
void test_print_skip(void);

/** Ends the run because of a trap that no test expected. @p mode: the mode that took it, "M" or "S". */
void test_end_at_trap(const char *mode, const struct trap_frame *frame) __attribute__((noreturn));

/** Called before the first test. Ends the run if the machine lacks what the guest's finish library needs. */
void test_begin(void);

/** Ends the run with @p code, which is 0 for success. The guest's finish library implements it. */
void test_finish(unsigned code) __attribute__((noreturn));

#endif
