/* Derives from QEMU's log which exits a trace must have: all logged traps except hv's own and those that were
 * delegated.
 * Called with each line of the log, in order.
 * Must not know the trace. */
#ifndef TRACE_ORACLE_EXPECTED_H
#define TRACE_ORACLE_EXPECTED_H

#include "benchmarks/oracle/exits.h"
#include "benchmarks/oracle/log.h"
#include "trace/error/error.h"

#define EXPECTED_HARTS 512

/** Where a hart is. TRAPPED: the log has a trap that goes to M-mode, and the hart has not reached hv's vector yet. */
enum expected_place { EXPECTED_IN_HV, EXPECTED_IN_GUEST, EXPECTED_TRAPPED };

/** The state of one hart, and its counts. All zeros is a hart that starts in hv. */
struct expected_hart {
	struct exit_list exits;  /* the exits that have ended */
	struct oracle_exit open; /* the exit that has not ended, if has_open */
	bool has_open;
	enum expected_place place;
	uint8_t world;             /* enum trace_world: the world that hv last returned to */
	uint64_t medeleg, mideleg; /* as they were when the hart last left hv */
	uint64_t lines;            /* traps in the log */
	uint64_t own;              /* traps with epc in hv's code */
	uint64_t delegated;        /* traps that medeleg or mideleg sent to S-mode */
	uint64_t stale;            /* traps of cause 2 whose tval is not the word in memory; the word is used instead */
	uint64_t stale_others;     /* how many of these are not by mret */
	uint32_t stale_other;      /* the instruction of the first of stale_others */
	uint64_t unread;           /* traps of cause 2 at translated addresses, where the plugin cannot read memory */
};

/** The state of the whole log. All zeros, with text_start and text_end set, is the start. */
struct expected {
	uint64_t text_start, text_end; /* addresses of hv's code */
	uint64_t lines;                /* lines of the log so far */
	uint32_t harts;                /* highest hart id seen, plus 1 */
	struct expected_hart hart[EXPECTED_HARTS];
};

/** Adds the next line of the log.
 * @return ERROR_DATA if the line is of an unknown form, or impossible after the lines before it: a hart that runs hv
 *         can only trap in hv's code, a hart that runs a guest can only trap outside of it, and a hart enters hv
 *         exactly after each trap that is not delegated */
enum error expected_add(struct expected *expected, const char *text) MUST_CHECK;

/** Frees the lists of all harts. */
void expected_release(struct expected *expected);

#endif
