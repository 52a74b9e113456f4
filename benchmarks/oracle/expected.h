/* Derives from QEMU's log which exits a trace must contain. These are all traps in the log, except traps in hv's own
 * code and traps that were delegated to S-mode.
 * Called with each line of the log, in order.
 * Must not know the trace. */
#ifndef TRACE_ORACLE_EXPECTED_H
#define TRACE_ORACLE_EXPECTED_H

#include "benchmarks/oracle/exits.h"
#include "benchmarks/oracle/log.h"
#include "trace/error/error.h"

#define EXPECTED_HARTS 512

/** Where a hart is. EXPECTED_TRAPPED means that the log contains a trap to M-mode, and the hart has not reached hv's
 * trap vector yet. */
enum expected_place { EXPECTED_IN_HV, EXPECTED_IN_GUEST, EXPECTED_TRAPPED };

/** The state of one hart, and counts of its traps. A structure of zeros describes a hart that starts in hv. */
struct expected_hart {
	struct exit_list exits;  /* the exits that are complete */
	struct oracle_exit open; /* the exit in progress, if has_open */
	bool has_open;
	enum expected_place place;
	uint8_t world;             /* enum trace_world: the world that hv last returned to */
	uint64_t medeleg, mideleg; /* the values when the hart last left hv */
	uint64_t lines;            /* traps in the log */
	uint64_t own;              /* traps with epc in hv's code */
	uint64_t delegated;        /* traps that medeleg or mideleg sent to S-mode */
	uint64_t stale;            /* traps of cause 2 whose tval differs from the word in memory; the word is used */
	uint64_t stale_others;     /* how many of the stale traps were not caused by mret */
	uint32_t stale_other;      /* the instruction of the first trap that stale_others counts */
	uint64_t unread;           /* traps of cause 2 at translated addresses, where the plugin cannot read memory */
};

/** The state after the lines that have been read. At the start, everything except text_start and text_end must be
 * zero. */
struct expected {
	uint64_t text_start, text_end; /* addresses of hv's code */
	uint64_t lines;                /* lines of the log so far */
	uint32_t harts;                /* highest hart id seen, plus 1 */
	struct expected_hart hart[EXPECTED_HARTS];
};

/** Adds the next line of the log.
 * @return ERROR_DATA if the line has an unknown form, or is impossible after the earlier lines. A hart that runs hv can
 * only trap in hv's code. A hart that runs a guest can only trap outside of hv's code. A hart enters hv after each trap
 * that is not delegated, and at no other time */
enum error expected_add(struct expected *expected, const char *text) MUST_CHECK;

/** Frees the lists of all harts. */
void expected_release(struct expected *expected);

#endif
