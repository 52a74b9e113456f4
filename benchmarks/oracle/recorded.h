/* Reads the exits in a dump. For each hart, also reads the number of lost slots, and whether an exit had not ended.
 * Called once with the path of a dump.
 * Must not know QEMU's log. */
#ifndef TRACE_ORACLE_RECORDED_H
#define TRACE_ORACLE_RECORDED_H

#include "benchmarks/oracle/exits.h"

#include "trace/error/error.h"

/** One hart of a dump. */
struct recorded_hart {
	uint64_t id; /* hart id */
	struct exit_list exits;
	uint64_t lost;  /* lost slots, by the dump's gaps or by its statistics, whichever is greater */
	bool in_flight; /* whether an exit had not ended when the dump was made */
};

/** All harts of a dump. The structure must contain only zeros before recorded_read(). */
struct recorded {
	uint32_t harts;
	struct recorded_hart *hart; /* by index */
};

/** Reads a dump. The EXIT records in the dump must contain pc and value. The caller must call recorded_release() even
 * if this function returns an error.
 * @return ERROR_DATA if the file is not a dump, or is not complete */
enum error recorded_read(struct recorded *recorded, const char *path) MUST_CHECK;

/** Frees the memory of @p recorded. */
void recorded_release(struct recorded *recorded);

#endif
