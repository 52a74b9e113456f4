/* The phases of a run, such as firmware, kernel and workload. A phase has a name and the time at which it began.
 * Module boot_counter in hv writes records about the first three phases. A program outside of the machine may notice
 * further phases, for example on the guest's console. It stores them in a PHASES chunk of the dump.
 * Called by readers of dumps, with each record and each PHASES chunk, and by writers of dumps. Its times are mtime,
 * and it cannot convert them to the harts' clocks (mcycle). */
#ifndef TRACE_DUMP_PHASES_H
#define TRACE_DUMP_PHASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

#define PHASES_MOST 64
#define PHASES_NAME_BYTES 32 /* size of a name, including the zero at its end */
#define PHASES_LINE_BYTES (PHASES_NAME_BYTES + sizeof("phase 18446744073709551615 \n"))
#define PHASES_TEXT_BYTES (PHASES_MOST * PHASES_LINE_BYTES)

/** A phase. It lasts until the next one begins. */
struct phase {
	char name[PHASES_NAME_BYTES]; /* printable ASCII */
	uint64_t mtime;               /* mtime when the phase began, in ticks */
};

/** The phases of a run, sorted by the times at which they began. If it is all zeros, there are no phases. */
struct phases {
	struct phase phase[PHASES_MOST];
	unsigned count;
	bool stamped; /* the last record of hart 0 was a MODULE record of an event; a COUNTER record may come next */
	uint64_t number, mtime; /* event number and time in that MODULE record */
};

/** Adds a phase, unless there is already one with this name.
 * @param name  @p bytes characters, without a zero at the end
 * @param mtime ticks of mtime when the phase began
 * @return ERROR_DATA if the name has a wrong length or character, or if there are PHASES_MOST phases already */
enum error phases_add(struct phases *phases, const char *name, size_t bytes, uint64_t mtime) MUST_CHECK;

/** Examines a record, and adds a phase if the record completes the pair of records that boot_counter writes. Pass all
 * records of a hart in their order.
 * @param hart hart index
 * @param id   event id of the record
 * @param word0,word1 the record's first two words; 0 for a word that the record lacks */
void phases_take_record(struct phases *phases, uint32_t hart, unsigned id, uint64_t word0, uint64_t word1);

/** Adds the phases in the contents of a PHASES chunk, which consist of lines "phase MTIME NAME". Other lines are
 * skipped. A wrong line is skipped, too, and the lines after it are still read.
 * @return ERROR_DATA if a line is wrong; the message is about the first such line */
enum error phases_take_text(struct phases *phases, const char *text, size_t bytes) MUST_CHECK;

/** Writes the contents of a PHASES chunk, with a zero at the end. @return the length of the contents without the
 * zero */
size_t phases_text(const struct phases *phases, char text[PHASES_TEXT_BYTES]);

/** Converts @p mtime to nanoseconds, rounded down. @p timebase_hz is the number of ticks per second, and must not be 0.
 * @return INT64_MAX if the result would be greater than that. Pure. */
int64_t phases_ns(uint64_t mtime, uint64_t timebase_hz);

#endif
