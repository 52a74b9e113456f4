/* A stream of pseudo-random numbers. The seed determines all numbers of the stream.
 * Used by the guests that execute random steps. Each hart has its own stream.
 * Must not depend on time or on anything else that differs between runs. */
#ifndef PAYLOADS_ROBUST_RANDOM_H
#define PAYLOADS_ROBUST_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

/** Returns the next 64-bit number of the stream @p random, which the algorithm splitmix64 computes. */
static inline uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/** Returns a random number from 0 to @p limit - 1. @p limit must be at least 1. */
static inline unsigned random_below(struct random *random, unsigned limit)
{
	return (unsigned)(random_next(random) >> 33) % limit;
}

#endif
