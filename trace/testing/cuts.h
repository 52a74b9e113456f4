/* Checks how well hstrace predicts times outside of a dump. It cuts a dump in two at a random place, lets the timeline
 * read one part, and asks it for the time of a SYNC record in the other part. That record contains the true time.
 * Used by cuts_main.c, with dumps of real runs. It does not know how the timeline computes times. */
#ifndef TRACE_TESTING_CUTS_H
#define TRACE_TESTING_CUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"
#include "trace/format/dump.h"
#include "trace/format/event_fields.h"

/** A chunk of the dump, in memory. */
struct cuts_chunk {
	struct dump_chunk chunk;
	void *payload;
	uint64_t slots_before; /* number of slots of all harts in the chunks before this one */
};

/** A SYNC record of a hart. */
struct cuts_sync {
	uint64_t place; /* number of slots of all harts in the dump before the record's header */
	struct trace_sync fields;
};

/** A hart, and the record that is being read from its slots. */
struct cuts_hart {
	struct cuts_sync *sync; /* the hart's SYNC records so far */
	size_t count, capacity;
	unsigned parts; /* number of slots of the present record so far; 0 if it is not a SYNC record */
	uint64_t place; /* where the present record begins */
	uint64_t words[TRACE_RECORD_SLOTS];
};

/** A dump in memory. */
struct cuts_dump {
	struct cuts_chunk *chunk;
	size_t chunks, capacity;
	struct cuts_hart *hart;
	struct dump_machine machine;
	uint64_t slots;
};

/** Results of many cuts. A SYNC record does not contain an exact time, but an interval in which the time lies. The
 * error of a predicted time is its distance from that interval. The uncertainty is the maximum error that the timeline
 * itself reports for a prediction. */
struct cuts_result {
	uint64_t cuts;            /* number of cuts that have SYNC records of the same hart on both sides */
	uint64_t asleep;          /* cuts where this hart wrote no SYNC record for too long for a good prediction */
	uint64_t vague;           /* cuts where the uncertainty is more than 2 us */
	uint64_t vague_asleep;    /* cuts that are counted in both `asleep` and `vague` */
	uint64_t samples;         /* number of SYNC records that were compared; at most one for each cut and hart */
	uint64_t dishonest;       /* samples with an error that is greater than the uncertainty */
	uint64_t unpromised;      /* samples whose uncertainty the timeline does not know */
	uint64_t far;             /* samples with an error of more than 1 us */
	uint64_t far_though_near; /* how many of the `far` samples should have had a good prediction */
	double worst;             /* the greatest error, in ns */
	double vaguest;           /* the greatest uncertainty on the hart of a cut, in ns */
};

/** Reads a dump into memory. Call cuts_release() even after an error. */
enum error cuts_read(struct cuts_dump *dump, const char *path) MUST_CHECK;

/** Cuts the dump at @p count random places.
 * @param starts   if true, reads the part after each cut, and predicts times before the cut; if false, reads the part
 *                 before each cut, and predicts times after the cut
 * @param least_ns minimum time that the part that is read must cover; other places are not used
 * @param seed     seed of the random numbers that select the places */
enum error cuts_make(const struct cuts_dump *dump, bool starts, unsigned count, int64_t least_ns, uint64_t seed,
		     struct cuts_result *result) MUST_CHECK;

/** Frees the dump. */
void cuts_release(struct cuts_dump *dump);

#endif
