/* A stream of random numbers that a seed determines.
 * Used by the robustness guests, one stream per hart.
 * Must not depend on time or on anything that a run finds. */
#ifndef PAYLOADS_ROBUST_RANDOM_H
#define PAYLOADS_ROBUST_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

/** The next number of @p random (splitmix64). */
static inline uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/** A number below @p limit. */
static inline unsigned random_below(struct random *random, unsigned limit)
{
	return (unsigned)(random_next(random) >> 33) % limit;
}

#endif
