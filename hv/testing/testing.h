/* Helpers for unit tests on the host: a check that is cheap enough for a loop over millions of cases, and random
 * numbers. Included by *_test.c. Must not depend on what a test checks. */
#ifndef HV_TESTING_TESTING_H
#define HV_TESTING_TESTING_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>

/** Fails the test if @p condition is false, with a message as for printf. If the condition is true, the check takes
 * much less time than Criterion's own checks. */
#define require(condition, ...)                                                                                        \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			cr_assert_fail(__VA_ARGS__);                                                                   \
	} while (0)

/** Returns the next number of a pseudo-random sequence that is the same in each run (splitmix64). The first value of
 * *@p state is the seed, which may be any number. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t value = *state += 0x9e3779b97f4a7c15;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

/** Returns a random number in which few bits, about half of the bits, or most bits are 1. So tests with these numbers
 * often see fields that are 0 or all ones. */
static inline uint64_t random_bits(uint64_t *state)
{
	uint64_t value = random_next(state);

	switch (random_next(state) % 4) {
	case 0:
		return value & random_next(state) & random_next(state);
	case 1:
		return value | random_next(state) | random_next(state);
	default:
		return value;
	}
}

#endif
