/* A fuzz target's entry point, as libFuzzer calls it; replay.c calls it with each file of the corpus.
 * Included by targets and replay.c. Knows nothing of either. */
#ifndef TRACE_FUZZ_FUZZ_H
#define TRACE_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** Tries one input. Ends the program if what was tried is wrong. @return 0 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the program where @p condition does not hold. */
#define require(condition)                                                                                             \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			__builtin_trap();                                                                              \
	} while (0)

#endif
