/* What exits cost, by kind, hart or module: counts, times and percentiles of a dump, and whether they agree with what hv
 * counted itself. Used by hstrace stat and diff, as a sink of a timeline. Knows nothing of how they are shown. */
#ifndef TRACE_STAT_STATISTICS_H
#define TRACE_STAT_STATISTICS_H

#include "trace/convert/names.h"
#include "trace/convert/symbols.h"
#include "trace/convert/timeline.h"
#include "trace/error/error.h"
#include "trace/stat/histogram.h"

enum statistics_key { STATISTICS_CAUSE, STATISTICS_HART, STATISTICS_MODULE, STATISTICS_FUNCTION };

/** Reads a key by its name: cause, hart, module or function. @return whether it is one */
bool statistics_key_read(const char *word, enum statistics_key *key);

/** One line: durations in cycles. */
struct statistics_row {
	char name[NAMES_BYTES];   /* by cause: the cause */
	char detail[NAMES_BYTES]; /* by cause: the detail, "" if there is none; else "" */
	struct histogram cycles;
};

/** Whose a hart's time is (docs/trace-format.md); unknown: what lay between the exits around a loss, or before an exit that took too
 * long for its record. */
enum statistics_owner {
	STATISTICS_HV,
	STATISTICS_FIRMWARE,
	STATISTICS_PAYLOAD,
	STATISTICS_ASLEEP,
	STATISTICS_UNKNOWN,
	STATISTICS_OWNERS
};
extern const char *const statistics_owners[STATISTICS_OWNERS];

/** Exits in the records of a hart, and what hv counted (hart's STAT chunk). */
struct statistics_hart {
	uint64_t cycles
		[STATISTICS_OWNERS]; /* up to the end of its last exit; of a window, from the first exit in it on */
	bool started;                /* has had a record */
	uint64_t exits[2][64];       /* by world and index of cause, as struct dump_statistics */
	uint64_t slots, lost;
	struct dump_statistics counted;
	bool has_counted;
};

/** An exit, as it is counted. */
struct statistics_exit {
	struct trace_exit fields;
	uint64_t cycles; /* of hv's, without those for SYNC records and counters */
	uint8_t extra;   /* EXT slots of its record */
	bool saturated;
};

/** What is known of a hart's SBI call. Its function stands in the record of its return. */
struct statistics_call {
	bool returned;     /* the exit in which it did is to come, and may be the one that it began with */
	bool called;       /* by `exit`, and the firmware is at it */
	unsigned function; /* that returned (names_sbi_function) */
	struct statistics_exit exit;
};

/** One call path of --folded: the interrupted world, function, and the exit's cause and detail. */
struct statistics_path {
	char *text;
	uint64_t cycles;
};

struct statistics {
	enum statistics_key key;
	const char *cause;             /* only exits of this name (names_kind_is); NULL for all */
	const struct symbols *symbols; /* with folded, and by function */
	bool folded;

	const struct timeline *timeline;
	struct statistics_row **rows; /* by key; NULL if there was none */
	unsigned row_count;
	struct statistics_row total;
	uint64_t saturated; /* of those: exits of which all that is known is that they took 2^32 - 1 cycles or more */
	uint64_t observing; /* cycles of exits in which hv wrote SYNC and counters: in no row, but in hv's time */
	struct statistics_hart *harts;
	uint32_t hart_count;
	struct statistics_call *calls; /* by hart */
	int64_t first_ns, last_ns;
	struct statistics_path *paths; /* a hash table by text */
	size_t path_count, path_capacity;
	char *path; /* room for one */

	struct error_kept failure;   /* memory ran out: what was counted is not all */
	struct statistics_row spare; /* what is counted then */
};

/** Sets up for a timeline. The fields above the first empty line are the caller's to set first, the rest must be 0. Ask
 * statistics_finish() whether all could be counted. */
struct timeline_sink statistics_sink(struct statistics *statistics);

/** Counts what waits: SBI calls that did not return. To be called after timeline_finish. @return ERROR_MEMORY if memory ran out,
 * then or before */
enum error statistics_finish(struct statistics *statistics) MUST_CHECK;

/** How the counts of exits of a hart differ from what hv counted. */
enum statistics_verdict {
	STATISTICS_AGREE,
	STATISTICS_NOT_COUNTED, /* no chunk, or hv without exit_counter_per_cause */
	STATISTICS_INCOMPLETE,  /* slots were lost, or left in the ring: hv counted at least as many of each */
	STATISTICS_DIFFER
};

/** Compares the exits of @p hart (index). With DIFFER, @p world and @p index say where first. */
enum statistics_verdict statistics_reconcile(const struct statistics *statistics, uint32_t hart, int *world,
					     unsigned *index);

/** Rows by descending time, then name and detail. @return how many were put into @p sorted, which has room for row_count */
unsigned statistics_sort(const struct statistics *statistics, const struct statistics_row **sorted);

void statistics_close(struct statistics *statistics);

#endif
