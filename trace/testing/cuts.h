/* Checks how well hstrace predicts times outside of a dump. It cuts a dump in two at a random place, lets the timeline
 * read one part, and asks it for the time of a SYNC record in the other part. That record contains the true time.
 * Used by cuts_main.c, with dumps of real runs. Knows nothing of how the timeline computes times. */
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
	uint64_t slots_before; /* slots of all harts in the chunks before it */
};

/** A SYNC record of a hart. */
struct cuts_sync {
	uint64_t place; /* slots of all harts in the dump before the record's header */
	struct trace_sync fields;
};

/** A hart, and the record that is being read from its slots. */
struct cuts_hart {
	struct cuts_sync *sync; /* its SYNC records so far */
	size_t count, capacity;
	unsigned parts; /* slots of the present record so far; 0 if it is not a SYNC record */
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

/** Results of many cuts. A SYNC record says only that its time lies in a certain interval: the error of a predicted
 * time is its distance from that interval. The uncertainty is the error that the timeline itself admits. */
struct cuts_result {
	uint64_t cuts;   /* number of cuts that have SYNC records of the same hart on both sides */
	uint64_t asleep; /* cuts where that hart wrote no SYNC record for too long: a good prediction is impossible */
	uint64_t vague;  /* cuts where the uncertainty is more than 2 us */
	uint64_t vague_asleep;    /* cuts that are counted in both `asleep` and `vague` */
	uint64_t samples;         /* number of SYNC records that were compared: for each cut, up to one of each hart */
	uint64_t dishonest;       /* samples with an error that is greater than the uncertainty */
	uint64_t unpromised;      /* samples whose uncertainty the timeline does not know */
	uint64_t far;             /* samples with an error of more than 1 us */
	uint64_t far_though_near; /* how many of `far` are where the prediction should have been good */
	double worst;             /* the greatest error, in ns */
	double vaguest;           /* the greatest uncertainty on the hart of a cut, in ns */
};

/** Reads a dump into memory. Call cuts_release() also after an error. */
enum error cuts_read(struct cuts_dump *dump, const char *path) MUST_CHECK;

/** Cuts the dump at @p count random places.
 * @param starts   true: read the part after each cut, and predict times before it; false: the other way round
 * @param least_ns the part that is read must cover at least this much time; other places are not counted
 * @param seed     a different number gives different places */
enum error cuts_make(const struct cuts_dump *dump, bool starts, unsigned count, int64_t least_ns, uint64_t seed,
		     struct cuts_result *result) MUST_CHECK;

/** Frees the dump. */
void cuts_release(struct cuts_dump *dump);

#endif
