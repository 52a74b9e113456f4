/* What unit tests on the host share: a check that may stand in a loop over millions of cases, and random numbers.
 * Included by *_test.c.
 * Must not know what is tested. */
#ifndef HV_TESTING_TESTING_H
#define HV_TESTING_TESTING_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>

/** Ends the test as failed, with a message as of printf, where @p condition does not hold. Costs nothing where it does. */
#define require(condition, ...)                                                                                        \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			cr_assert_fail(__VA_ARGS__);                                                                   \
	} while (0)

/** The next of a sequence of random numbers that is the same in each run (splitmix64). @p state starts as any seed. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t value = *state += 0x9e3779b97f4a7c15;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

/** A random number with few, half or most bits set: fields that are full or empty at once are as likely as mixed ones. */
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
