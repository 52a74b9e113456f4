/* Finds the differences between two lists of exits, and keeps them as small as possible.
 * Called with a hart's exits in the log and in the trace.
 * Must not know where the lists come from. */
#ifndef TRACE_ORACLE_DIFFERENCE_H
#define TRACE_ORACLE_DIFFERENCE_H

#include "benchmarks/oracle/exits.h"

/** A difference: exits [expected, expected + missing) of the expected list have no counterpart among the recorded ones,
 * and exits [recorded, recorded + extra) of the recorded list have none among the expected ones. If both numbers are
 * the same, the exits are there but have other values. */
struct difference {
	size_t expected, missing;
	size_t recorded, extra;
};

/** Is called for each difference, in order. */
typedef void difference_found(const struct difference *difference, void *context);

/** How many exits ahead the search looks for a place from which on the lists agree again. If there is none, the whole
 * rest of both lists is one difference. */
#define DIFFERENCE_REACH 200

/** Compares two lists, and calls @p found with @p context for each difference.
 * @return the number of exits that differ: the sum of the larger number of each difference */
uint64_t difference_search(const struct exit_list *expected, const struct exit_list *recorded, difference_found *found,
			   void *context);

#endif
