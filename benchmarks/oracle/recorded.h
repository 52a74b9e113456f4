/* The exits that a dump has, by hart, and what it says of losses and exits that had not ended.
 * Called once with a dump's path. Knows nothing of where else exits could be known from. */
#ifndef TRACE_ORACLE_RECORDED_H
#define TRACE_ORACLE_RECORDED_H

#include "benchmarks/oracle/exits.h"

#include "trace/error/error.h"

struct recorded_hart {
	uint64_t id; /* hart id */
	struct exit_list exits;
	uint64_t lost; /* slots: in the dump's gaps, and those that its statistics say more */
	bool in_flight;
};

/** Starts as zeros. */
struct recorded {
	uint32_t harts;
	struct recorded_hart *hart; /* by index */
};

/** Reads a dump whose EXIT records have pc and value.
 * @return ERROR_DATA if it is none, or not whole; @p recorded is to be released in either case */
enum error recorded_read(struct recorded *recorded, const char *path) MUST_CHECK;

void recorded_release(struct recorded *recorded);

#endif
