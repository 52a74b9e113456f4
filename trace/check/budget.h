/* Latency budgets: exits of a kind that take more cycles than they may.
 * Called by hstrace check. Knows names of exits from trace/convert/names.h; nothing of files. */
#ifndef TRACE_CHECK_BUDGET_H
#define TRACE_CHECK_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/names.h"
#include "trace/dump/record.h"
#include "trace/error/error.h"

#define BUDGETS 64

struct budget {
	const char *name; /* of a kind of exit: the present one */
	uint64_t limit;   /* cycles that an exit may take; more is over */
	uint64_t exits, over, most;
	struct trace_record worst; /* of all: the first that took `most`, which is UINT32_MAX for more than that */
};

/** An exit that is not named yet: an ecall, until the record of its SBI call tells which it was. */
struct budget_hart {
	struct trace_record exit; /* held, if `held` */
	uint64_t outside;         /* cycles that each exit takes outside of what its record tells, as SYNC says */
	uint64_t observing;       /* since then the exit to come has only written SYNC and counters; 0: it has not */
	uint64_t held_cycles;     /* of the exit that is held */
	struct trace_ecall call;  /* a call that returned in the exit to come, if `returned` */
	bool held, returned;
};

/** Starts as zeros; `registers` is the caller's to set. */
struct budgets {
	const struct register_names *registers; /* of the dump; NULL: they are not known */
	struct budget budget[BUDGETS];
	unsigned count;
	uint32_t harts;
	struct budget_hart *hart;
	uint64_t *applies; /* by kind: a bit for each budget, and whether that is known */
	bool *known;
};

/** Adds a budget "NAME=CYCLES"; an earlier name counts as the present one. @return ERROR_OPTION if it is wrong */
enum error budgets_add(struct budgets *budgets, const char *text) MUST_CHECK;

/** Applies the budgets to the next record; inferred LOST records too. */
enum error budgets_record(struct budgets *budgets, const struct trace_record *record) MUST_CHECK;

/** Applies them to the exits whose name is still waited for. */
void budgets_finish(struct budgets *budgets);

/** Whether no budget was exceeded. */
bool budgets_kept(const struct budgets *budgets);

void budgets_release(struct budgets *budgets);

#endif
