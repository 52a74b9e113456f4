/* Latency budgets: finds exits that take more cycles than a limit for their name.
 * Called by hstrace check. Takes the names of exits from trace/convert/names.h. Knows nothing about files. */
#ifndef TRACE_CHECK_BUDGET_H
#define TRACE_CHECK_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/names.h"
#include "trace/dump/record.h"
#include "trace/error/error.h"

#define BUDGETS 64 /* at most this many can be added: `applies` has a bit for each */

struct budget {
	const char *name;           /* name of the exits that it limits: a cause or a detail (names_kind_is) */
	uint64_t limit;             /* an exit may take at most this many cycles */
	uint64_t exits, over, most; /* exits with this name, exits over the limit, and cycles of the longest exit */
	struct trace_record worst; /* the first exit that took `most`; UINT32_MAX stands for that many cycles or more */
};

/** What is known about a hart's exits so far. An exit by ecall is held until the record of its SBI call names it. */
struct budget_hart {
	struct trace_record exit; /* the exit that is held, if `held` */
	uint64_t outside;   /* cycles that each exit takes before and after its recorded duration, as SYNC has them */
	uint64_t observing; /* mcycle when hv began to write SYNC and counters in the next exit; 0: none were written */
	uint64_t held_cycles;    /* cycles of the exit that is held */
	struct trace_ecall call; /* the call that returns in the next exit, if `returned` */
	bool held, returned;
};

/** Must be all zeros at first; then the caller sets `registers`. */
struct budgets {
	const struct register_names *registers; /* the device registers of the dump; NULL if they are not known */
	struct budget budget[BUDGETS];
	unsigned count;
	uint32_t harts;
	struct budget_hart *hart;
	uint64_t *applies; /* by kind of exit (names.h): a bit for each budget that applies to it, valid if `known` */
	bool *known;       /* by kind of exit: whether `applies` was computed for it */
};

/** Adds a budget "NAME=CYCLES". NAME may also be a name from an earlier version.
 * @return ERROR_OPTION if the budget is malformed, or if there are already BUDGETS; ERROR_MEMORY if memory ran out */
enum error budgets_add(struct budgets *budgets, const char *text) MUST_CHECK;

/** Takes a hart's next record, which may be an inferred LOST record. Applies the budgets to the exits that it names.
 * @return ERROR_MEMORY if memory ran out */
enum error budgets_record(struct budgets *budgets, const struct trace_record *record) MUST_CHECK;

/** Called after the last record. Applies the budgets to exits that are still held, by the names of their causes. */
void budgets_finish(struct budgets *budgets);

/** Whether no exit was over its limit. */
bool budgets_kept(const struct budgets *budgets);

/** Frees the budgets' memory. */
void budgets_release(struct budgets *budgets);

#endif
