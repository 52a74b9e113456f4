/* What exits a trace must have, from QEMU's log: its lines of traps, less hv's own and those that were delegated.
 * Called with each line of the log in its order. Knows nothing of the trace. */
#ifndef TRACE_ORACLE_EXPECTED_H
#define TRACE_ORACLE_EXPECTED_H

#include "benchmarks/oracle/exits.h"
#include "benchmarks/oracle/log.h"
#include "trace/error/error.h"

#define EXPECTED_HARTS 512

/** Where a hart is. TRAPPED: a trap was logged that goes to M-mode, and the hart is not yet at hv's vector. */
enum expected_place { EXPECTED_IN_HV, EXPECTED_IN_GUEST, EXPECTED_TRAPPED };

/** One hart. Starts as zeros: in hv. */
struct expected_hart {
	struct exit_list exits; /* that have ended */
	struct oracle_exit open;
	bool has_open; /* `open` has not ended */
	enum expected_place place;
	uint8_t world; /* since it last left hv */
	uint64_t medeleg, mideleg;
	uint64_t lines;        /* of traps */
	uint64_t own;          /* of those: with epc in hv's text */
	uint64_t delegated;    /* that medeleg or mideleg of that moment sent to S-mode */
	uint64_t stale;        /* of cause 2, whose tval was not the word at epc in memory, which is what counts */
	uint64_t stale_others; /* of those: the word was no mret */
	uint32_t stale_other;  /* the first such word */
	uint64_t unread;       /* of cause 2, with translated addresses: their words in memory are not known */
};

struct expected {
	uint64_t text_start, text_end; /* hv's */
	uint64_t lines;                /* of the log */
	uint32_t harts;                /* highest hart id seen + 1 */
	struct expected_hart hart[EXPECTED_HARTS];
};

/** Takes the next line in.
 * @return ERROR_DATA unless it is a line that is known, and possible after those before: a trap in hv's text only while hv runs
 * and no other then; hv's vector reached after each trap that nothing delegates, and after no other */
enum error expected_add(struct expected *expected, const char *text) MUST_CHECK;

void expected_release(struct expected *expected);

#endif
