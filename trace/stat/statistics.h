/* Computes what exits cost, by cause, hart, module or function: counts, times and percentiles. Also compares the counts
 * with those that hv counted itself.
 * hstrace stat and diff use it as a sink of a timeline. Knows nothing of how the results are shown. */
#ifndef TRACE_STAT_STATISTICS_H
#define TRACE_STAT_STATISTICS_H

#include "trace/convert/names.h"
#include "trace/convert/symbols.h"
#include "trace/convert/timeline.h"
#include "trace/error/error.h"
#include "trace/stat/histogram.h"

enum statistics_key { STATISTICS_CAUSE, STATISTICS_HART, STATISTICS_MODULE, STATISTICS_FUNCTION };

/** Reads the name of a key: cause, hart, module or function. @return false if @p word is not a key */
bool statistics_key_read(const char *word, enum statistics_key *key);

/** One line of the statistics. Durations are in cycles. */
struct statistics_row {
	char name[NAMES_BYTES];   /* with the key cause: the cause */
	char detail[NAMES_BYTES]; /* with the key cause: the detail, or "" if there is none; otherwise "" */
	struct histogram cycles;
};

/** How a hart's time was spent (docs/trace-format.md, "How a hart's time is divided"). "unknown" is the time between
 * the exits before and after a loss, and the time before an exit that took too long for its record. */
enum statistics_owner {
	STATISTICS_HV,
	STATISTICS_FIRMWARE,
	STATISTICS_PAYLOAD,
	STATISTICS_ASLEEP,
	STATISTICS_UNKNOWN,
	STATISTICS_OWNERS
};
extern const char *const statistics_owners[STATISTICS_OWNERS];

/** What the records of a hart show, and what hv counted itself (the hart's STAT chunk). */
struct statistics_hart {
	/* How the time until the end of the last exit was spent. With a window, it begins with the
	 * first exit in the window. */
	uint64_t cycles[STATISTICS_OWNERS];
	bool started;          /* the hart has had a record */
	uint64_t exits[2][64]; /* by world and index of the cause, as in struct dump_statistics */
	uint64_t slots, lost;
	struct dump_statistics counted;
	bool has_counted;
};

/** The numbers of an exit that the statistics add up. */
struct statistics_exit {
	struct trace_exit fields;
	uint64_t cycles; /* cycles in hv, without those for SYNC records and counters */
	uint8_t extra;   /* EXT slots of its record */
	bool saturated;  /* it took `cycles` or more */
};

/** A hart's SBI call. Which function it called is known from the ECALL record, which hv writes
 * when the call returns. */
struct statistics_call {
	bool returned;     /* the ECALL record has come; the exit in which the call returned comes next */
	bool called;       /* `exit` made the call, and the firmware has not answered it yet */
	unsigned function; /* the function that returned (names_sbi_function) */
	struct statistics_exit exit;
};

/** One call path of --folded: the interrupted world, function, and the exit's cause and detail. */
struct statistics_path {
	char *text;
	uint64_t cycles;
};

struct statistics {
	enum statistics_key key;
	const char *cause;             /* count only exits with this name (names_kind_is); NULL for all */
	const struct symbols *symbols; /* for `folded` and for the key function; may be NULL */
	bool folded;                   /* fill in `paths` */

	const struct timeline *timeline;
	struct statistics_row **rows; /* by number of the cause, hart, module or function; NULL if it has no exits */
	unsigned row_count;
	struct statistics_row total;
	uint64_t saturated; /* exits in `total` that took 2^32 - 1 cycles or more: their time is not known */
	uint64_t observing; /* cycles in which hv wrote SYNC and counters: part of hv's time, but not of any row */
	struct statistics_hart *harts;
	uint32_t hart_count;
	struct statistics_call *calls; /* by hart */
	int64_t first_ns, last_ns;
	struct statistics_path *paths; /* a hash table by text */
	size_t path_count, path_capacity;
	char *path; /* room for the text of one path */

	struct error_kept failure;   /* memory ran out, so the counts are incomplete */
	struct statistics_row spare; /* counts the exits for which no row could be allocated */
};

/** Starts the statistics. @p statistics: the caller has set the fields above the first empty line, and the others to 0.
 * @return the sink for a timeline; statistics_finish() returns its errors */
struct timeline_sink statistics_sink(struct statistics *statistics);

/** Counts the exits whose SBI calls have not returned. Call it after timeline_finish.
 * @return ERROR_MEMORY if memory ran out at any time */
enum error statistics_finish(struct statistics *statistics) MUST_CHECK;

/** How the exits in a hart's records compare with those that hv counted. */
enum statistics_verdict {
	STATISTICS_AGREE,
	STATISTICS_NOT_COUNTED, /* the dump has no counts, or hv has no module exit_counter_per_cause */
	STATISTICS_INCOMPLETE,  /* hv counted more of some causes, because slots were lost or left in the ring */
	STATISTICS_DIFFER       /* the counts contradict each other */
};

/** Compares the exits in the records of @p hart (index) with those that hv counted.
 * @param world, index after STATISTICS_DIFFER: the first count that differs, as in struct dump_statistics */
enum statistics_verdict statistics_reconcile(const struct statistics *statistics, uint32_t hart, int *world,
					     unsigned *index);

/** Sorts the rows by descending time, then by name and detail.
 * @param sorted receives the rows that have exits; has room for row_count
 * @return how many rows were put there */
unsigned statistics_sort(const struct statistics *statistics, const struct statistics_row **sorted);

/** Frees what statistics_sink() and the timeline's calls allocated. */
void statistics_close(struct statistics *statistics);

#endif
