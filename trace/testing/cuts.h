/* Cuts a dump at random places, and compares the time that the rest of the dump gives to a SYNC record that was cut off with the
 * time that the record itself contains. Used by cuts_main.c, with dumps of real runs. Knows nothing of how times are computed. */
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
	uint64_t slots_before; /* of all harts, in chunks before it */
};

/** A SYNC record of a hart. */
struct cuts_sync {
	uint64_t place; /* slots of all harts in the dump before its header */
	struct trace_sync fields;
};

struct cuts_hart {
	struct cuts_sync *sync;
	size_t count, capacity;
	unsigned parts; /* of the record being read: slots that are there, 0 if it is no SYNC */
	uint64_t place; /* ... where it lies */
	uint64_t words[TRACE_RECORD_SLOTS];
};

struct cuts_dump {
	struct cuts_chunk *chunk;
	size_t chunks, capacity;
	struct cuts_hart *hart;
	struct dump_machine machine;
	uint64_t slots;
};

/** Results of many cuts. A SYNC record says only that its time lies between two others; an error is the distance from there. */
struct cuts_result {
	uint64_t cuts; /* cuts with SYNC records of the same hart on both sides */
	/* Of those: before the SYNC record that was cut off, the hart was silent for longer than the rest of the dump lasts; */
	uint64_t asleep;
	uint64_t vague;           /* ... the uncertainty of the record's time is over 2 us; */
	uint64_t vague_asleep;    /* ... both */
	uint64_t samples;         /* SYNC records that were compared: for each cut, one of each hart */
	uint64_t dishonest;       /* of those: the error is over the uncertainty */
	uint64_t unpromised;      /* ... the uncertainty is not known */
	uint64_t far;             /* ... the error is over 1 us */
	uint64_t far_though_near; /* ... the error is over 1 us, and the hart was not asleep */
	double worst;             /* the greatest error; ns */
	double vaguest;           /* the greatest uncertainty, on the hart of the cut; ns */
};

/** Reads a dump. cuts_release() is wanted also after an error. */
enum error cuts_read(struct cuts_dump *dump, const char *path) MUST_CHECK;

/** Ends the dump at @p count random places, or (@p starts) begins it there. At least @p least_ns of it remain.
 * @param seed another number, other places */
enum error cuts_make(const struct cuts_dump *dump, bool starts, unsigned count, int64_t least_ns, uint64_t seed,
		     struct cuts_result *result) MUST_CHECK;

void cuts_release(struct cuts_dump *dump);

#endif
