/* Checks latency budgets. A budget is the maximum number of cycles that an exit with a certain name may take.
 * Called by hstrace check. The names of exits come from trace/convert/names.h. Knows nothing about files. */
#ifndef TRACE_CHECK_BUDGET_H
#define TRACE_CHECK_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/names.h"
#include "trace/dump/record.h"
#include "trace/error/error.h"

#define BUDGETS 64 /* maximum number of budgets; an element of `applies` has one bit for each budget */

struct budget {
	const char *name; /* the budget applies to all exits with this name, a cause or a detail (names_kind_is) */
	uint64_t limit;   /* an exit may take at most this many cycles */
	/* The number of exits with this name, the number of exits over the limit, and the cycles of the longest exit.
	 * If `most` is UINT32_MAX, the longest exit took at least that many cycles. */
	uint64_t exits, over, most;
	struct trace_record worst; /* the first of the exits that took `most` cycles */
};

/** The state of the check for one hart. If an SBI call caused an exit, the exit is held until the ECALL record of this
 * call shows the SBI function. */
struct budget_hart {
	struct trace_record exit; /* the exit that is held; valid if `held` is true */
	/* Each exit takes this many cycles before and after its recorded duration, according to the SYNC records. */
	uint64_t outside;
	uint64_t observing;   /* mcycle when hv began to write SYNC and counters in the next exit; 0 if it wrote none */
	uint64_t held_cycles; /* the cycles of the exit that is held */
	unsigned function;    /* the SBI function that returns in the next exit; valid if `returned` is true */
	bool held, returned;
};

/** All budgets. The caller first sets all members to 0, and then sets `registers`. */
struct budgets {
	const struct register_names *registers; /* the device registers of the dump; NULL if they are not known */
	struct budget budget[BUDGETS];
	unsigned count;
	uint32_t harts;
	struct budget_hart *hart;
	/* The index of these two arrays is a kind of exit (names.h). Each element of `applies` has a bit for each
	 * budget, which is 1 if the budget applies to the kind. An element is valid if `known` is true for the kind. */
	uint64_t *applies;
	bool *known;
};

/** Adds a budget.
 * @param name a present name of exits (names_exit_present); it is copied
 * @param limit the maximum number of cycles, below TRACE_DURATION_UNKNOWN
 * @return ERROR_OPTION if there are already BUDGETS; ERROR_MEMORY if memory ran out */
enum error budgets_add(struct budgets *budgets, const char *name, uint64_t limit) MUST_CHECK;

/** Takes a hart's next record, which may be an inferred LOST record. Applies the budgets to each exit whose name is
 * known because of this record.
 * @return ERROR_MEMORY if memory ran out */
enum error budgets_record(struct budgets *budgets, const struct trace_record *record) MUST_CHECK;

/** Called after the last record. Applies the budgets to the exits that are still held. Such an exit has only the name
 * of its cause. */
void budgets_finish(struct budgets *budgets);

/** Returns true if no exit was over the limit of any budget. */
bool budgets_kept(const struct budgets *budgets);

/** Frees the budgets' memory. */
void budgets_release(struct budgets *budgets);

#endif
