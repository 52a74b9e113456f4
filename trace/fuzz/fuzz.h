/* The entry point of a fuzz target. libFuzzer calls it with each input that it tries, and replay.c with each file of
 * the corpus.
 * Included by the targets and by replay.c. It depends on neither. */
#ifndef TRACE_FUZZ_FUZZ_H
#define TRACE_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** Tries one input. Ends the program if a check of the target fails. @return 0 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the program if @p condition is false. libFuzzer and the test report that as a crash. */
#define require(condition)                                                                                             \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			__builtin_trap();                                                                              \
	} while (0)

#endif
