/* Tests and their checks: each prints one line that is the same on every machine that is right.
 * Used by every guest: TEST(name) { expect(...); } anywhere in a guest's sources, run in the order of the names.
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

/** Prints `ok` or `FAIL` and @p what. @return @p condition */
bool expect(bool condition, const char *what);

/** Likewise for @p seen == @p wanted; a failure shows both. */
bool expect_equal(uint64_t seen, uint64_t wanted, const char *what);

/** Likewise: @p trap happened exactly once, with @p cause and @p value. */
bool expect_trap(struct trap trap, uint64_t cause, uint64_t value, const char *what);

/** Likewise: nothing was caught. */
bool expect_no_trap(struct trap trap, const char *what);

/** Prints a value that is to be the same on every machine, and is compared by the host. */
void show(const char *what, uint64_t value);

/** Runs all tests, prints `PASS` or `FAIL n`, and ends the run. Boot hart. */
void test_run_all(void) __attribute__((noreturn));

/** Prints that the run ends because there is no hv. */
void test_print_skip(void);

/** Ends the run because of a trap that no test asked for, taken in @p mode. */
void test_end_at_trap(const char *mode, const struct trap_frame *frame) __attribute__((noreturn));

/** Before the first test: looks for what the guest needs (its finish library), and ends the run without it. */
void test_begin(void);

/** Ends the run with @p code, 0 for success; the guest's finish library says how. */
void test_finish(unsigned code) __attribute__((noreturn));

#endif
