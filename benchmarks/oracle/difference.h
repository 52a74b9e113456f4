/* Finds the differences between two lists of exits, and makes each difference as small as possible.
 * Called for each hart with its exits in the log and its exits in the trace.
 * Must not know where the lists come from. */
#ifndef TRACE_ORACLE_DIFFERENCE_H
#define TRACE_ORACLE_DIFFERENCE_H

#include "benchmarks/oracle/exits.h"

/** A place where the lists differ. Exits [expected, expected + missing) of the expected list are not in the recorded
 * list, and exits [recorded, recorded + extra) of the recorded list are not in the expected list. If `missing` and
 * `extra` are equal, the exits were recorded, but with other values. */
struct difference {
	size_t expected, missing;
	size_t recorded, extra;
};

/** The type of a function that is called for each difference, in order. */
typedef void difference_found(const struct difference *difference, void *context);

/** The search for a place after which the lists agree again looks at most this many exits ahead. If there is no such
 * place, the whole rest of both lists is one difference. */
#define DIFFERENCE_REACH 200

/** Compares two lists, and calls @p found with @p context for each difference.
 * @return the number of exits that differ, which is the sum over all differences of the larger one of `missing` and
 * `extra` */
uint64_t difference_search(const struct exit_list *expected, const struct exit_list *recorded, difference_found *found,
			   void *context);

#endif
