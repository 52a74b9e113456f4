/* Counts exits and computes the time that they take and its percentiles, by cause, hart, module or function. Also
 * compares the numbers of exits with the numbers that hv itself counted.
 * hstrace stat and diff use it as a sink of a timeline. Does not decide how the results are shown. */
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
	char name[NAMES_BYTES]; /* name of the cause, hart, module or function to which the exits in this row belong */
	char detail[NAMES_BYTES]; /* the detail, if the key is the cause and the exits have a detail; otherwise "" */
	struct histogram cycles;
};

/** The parts into which a hart's time is divided (docs/trace-format.md, "How a hart's time is divided"). Each part is
 * the time of hv, of the firmware or of the payload, the time asleep, or unknown time. Two kinds of time are unknown:
 * the time between two exits between which slots are missing, and the time before an exit whose duration was too long
 * for its record. */
enum statistics_owner {
	STATISTICS_HV,
	STATISTICS_FIRMWARE,
	STATISTICS_PAYLOAD,
	STATISTICS_ASLEEP,
	STATISTICS_UNKNOWN,
	STATISTICS_OWNERS
};
extern const char *const statistics_owners[STATISTICS_OWNERS];

/** The counts of one hart. They come from the hart's records, except `counted`, which comes from the hart's STAT chunk
 * and contains the counts of hv itself. */
struct statistics_hart {
	/* How many cycles belong to each part of the time. Only the time up to the end of the last exit counts.
	 * With a window, only the time from the first exit in the window on counts. */
	uint64_t cycles[STATISTICS_OWNERS];
	bool started;          /* the hart has had at least one record */
	uint64_t exits[2][64]; /* by world and index of the cause, as in struct dump_statistics */
	uint64_t slots, lost;
	struct dump_statistics counted;
	bool has_counted;
};

/** The data of an exit that the statistics need. */
struct statistics_exit {
	struct trace_exit fields;
	uint64_t cycles; /* cycles in hv, without the cycles in which hv wrote SYNC records and counters */
	uint8_t extra;   /* number of EXT slots of the EXIT record */
	bool saturated;  /* the exit took `cycles` or more */
};

/** A hart's current SBI call. Only the ECALL record shows which SBI function was called, and hv writes this record when
 * the call returns. */
struct statistics_call {
	bool returned; /* the ECALL record has arrived; the next EXIT record is the exit in which the call returned */
	bool called;   /* the guest made the call in `exit`, and the firmware has not answered it yet */
	unsigned function; /* the SBI function whose call returned (names_sbi_function) */
	struct statistics_exit exit;
};

/** One call path of --folded. Its text contains the world and the function that the exit interrupted, and the exit's
 * cause and detail. */
struct statistics_path {
	char *text;
	uint64_t cycles;
};

struct statistics {
	enum statistics_key key;
	const char *cause;             /* only exits with this name are counted (names_kind_is); NULL for all exits */
	const struct symbols *symbols; /* needed for `folded` and for the key function; may be NULL */
	bool folded;                   /* true to fill in `paths` */

	const struct timeline *timeline;
	/* The index is the number of the cause, hart, module or function. An element is NULL if it has no exits. */
	struct statistics_row **rows;
	unsigned row_count;
	struct statistics_row total;
	uint64_t saturated; /* exits in `total` that took 2^32 - 1 cycles or more, so that their time is not known */
	uint64_t observing; /* cycles in which hv wrote SYNC and counters; part of hv's time, but not part of any row */
	struct statistics_hart *harts;
	uint32_t hart_count;
	struct statistics_call *calls; /* the index is the hart's index */
	int64_t first_ns, last_ns;
	struct statistics_path *paths; /* a hash table; the text of a path is the key */
	size_t path_count, path_capacity;
	char *path; /* room for the text of one path */

	struct error_kept failure;   /* contains an error if memory ran out; the counts are then incomplete */
	struct statistics_row spare; /* takes the exits for which no row could be allocated */
};

/** Starts the statistics. Before this call, the caller sets those members of @p statistics that stand above the first
 * empty line of the struct, and sets all other members to 0.
 * @return the sink for a timeline; statistics_finish() returns the errors of this sink */
struct timeline_sink statistics_sink(struct statistics *statistics);

/** Counts the exits whose SBI calls have not returned. Call it after timeline_finish.
 * @return ERROR_MEMORY if memory ran out at any time */
enum error statistics_finish(struct statistics *statistics) MUST_CHECK;

/** The result of comparing the exits in a hart's records with the exits that hv counted. */
enum statistics_verdict {
	STATISTICS_AGREE,
	STATISTICS_NOT_COUNTED, /* the dump has no counts, or hv has no module exit_counter_per_cause */
	STATISTICS_INCOMPLETE,  /* hv counted more exits of some causes, because slots were lost or left in the ring */
	STATISTICS_DIFFER       /* the counts contradict each other */
};

/** Compares the exits in the records of a hart with the exits that hv counted. @p hart is the hart's index.
 * @param world, index if the result is STATISTICS_DIFFER, receive the place of the first count that differs; it is a
 * place in the array `exits` of struct dump_statistics */
enum statistics_verdict statistics_reconcile(const struct statistics *statistics, uint32_t hart, int *world,
					     unsigned *index);

/** Sorts the rows by descending time, and rows with the same time by name and detail.
 * @param sorted receives the rows that have exits; it must have room for `row_count` elements
 * @return the number of rows in @p sorted */
unsigned statistics_sort(const struct statistics *statistics, const struct statistics_row **sorted);

/** Frees the memory of the statistics. */
void statistics_close(struct statistics *statistics);

#endif
