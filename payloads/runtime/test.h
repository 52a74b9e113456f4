/* Tests and their checks. Each check prints one line, which is the same on every machine that behaves correctly.
 * Used by every guest. TEST(name) { expect(...); } defines a test and may be anywhere in the sources of a guest. Tests
 * run in the order of their names.
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

/** Prints `ok` if @p condition is true and `FAIL` if it is false, followed by @p what, which describes the check.
 * @return @p condition */
bool expect(bool condition, const char *what);

/** Checks that @p seen equals @p wanted, and prints both numbers if they differ. @return whether they are equal */
bool expect_equal(uint64_t seen, uint64_t wanted, const char *what);

/** Checks that exactly one trap was caught, and that it had this @p cause and this trap @p value.
 * @return true if the check passes */
bool expect_trap(struct trap trap, uint64_t cause, uint64_t value, const char *what);

/** Checks that no trap was caught. @return true if the check passes */
bool expect_no_trap(struct trap trap, const char *what);

/** Prints @p what and @p value. The test on the host checks that the guest prints the same value on the bare machine
 * and under hv. */
void show(const char *what, uint64_t value);

/** Runs all tests, prints `PASS` or `FAIL n`, and ends the run. Called on the boot hart. */
void test_run_all(void) __attribute__((noreturn));

/** Prints that the tests are skipped because the guest does not run under hv. */
void test_print_skip(void);

/** Ends the run because of a trap that no test expected. @p mode is "M" or "S", the mode that took the trap. */
void test_end_at_trap(const char *mode, const struct trap_frame *frame) __attribute__((noreturn));

/** Called before the first test. Each guest links finish_abi or finish_device, which define this function. In
 * finish_abi, it prints a message and ends the run if hv is not present. In finish_device, it does nothing. */
void test_begin(void);

/** Ends the run with exit code @p code, which is 0 for success. Each guest links finish_abi or finish_device, which
 * define this function. */
void test_finish(unsigned code) __attribute__((noreturn));

#endif
