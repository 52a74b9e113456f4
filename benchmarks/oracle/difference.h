/* Where two lists of exits differ, with as little as possible said to be different.
 * Called with a hart's exits of the log and of the trace. Knows nothing of where they come from. */
#ifndef TRACE_ORACLE_DIFFERENCE_H
#define TRACE_ORACLE_DIFFERENCE_H

#include "benchmarks/oracle/exits.h"

/** Exits [expected, expected + missing) of the one list and [recorded, recorded + extra) of the other have no like. As many
 * on both sides are the same exits, altered. */
struct difference {
	size_t expected, missing;
	size_t recorded, extra;
};

/** Called with each difference, in order. */
typedef void difference_found(const struct difference *difference, void *context);

/** How far ahead, in exits, the lists are searched for a place from which on they agree again. Beyond it all the rest is
 * one difference. */
#define DIFFERENCE_REACH 200

/** Compares two lists. @return exits without like: of each difference, the larger of its two numbers */
uint64_t difference_search(const struct exit_list *expected, const struct exit_list *recorded, difference_found *found,
			   void *context);

#endif
