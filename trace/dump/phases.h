/* The phases of a run, such as firmware, kernel and workload: what the machine was doing, and when that began. Module
 * boot_counter writes records about the first three. The other phases are seen from outside, for example on the guest's
 * console, and are in a chunk of their own.
 * Called by readers of dumps, with each record and each PHASES chunk, and by writers of dumps. Knows nothing of the
 * harts' clocks. */
#ifndef TRACE_DUMP_PHASES_H
#define TRACE_DUMP_PHASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

#define PHASES_MOST 64
#define PHASES_NAME_BYTES 32 /* with the zero at its end */
#define PHASES_LINE_BYTES (PHASES_NAME_BYTES + sizeof("phase 18446744073709551615 \n"))
#define PHASES_TEXT_BYTES (PHASES_MOST * PHASES_LINE_BYTES)

/** A phase. It lasts until the next one begins. */
struct phase {
	char name[PHASES_NAME_BYTES]; /* printable ASCII */
	uint64_t mtime;               /* ticks at its start */
};

/** The phases of a run, sorted by their start. All 0: no phase. */
struct phases {
	struct phase phase[PHASES_MOST];
	unsigned count;
	bool stamped; /* hart 0 has written a MODULE record, and the COUNTER record after it has not come yet */
	uint64_t number, mtime; /* the number of that record's event, and its value */
};

/** Adds a phase, unless there is already one with this name.
 * @param name  @p bytes characters, without a zero at the end
 * @param mtime ticks of mtime when the phase began
 * @return ERROR_DATA if the name has a wrong length or character, or if there are PHASES_MOST phases already */
enum error phases_add(struct phases *phases, const char *name, size_t bytes, uint64_t mtime) MUST_CHECK;

/** Takes a record, which may be about a phase. Pass all records of a hart in their order.
 * @param hart hart index
 * @param id   event id of the record
 * @param word0,word1 its first two words; 0 for a word that it lacks */
void phases_take_record(struct phases *phases, uint32_t hart, unsigned id, uint64_t word0, uint64_t word1);

/** Takes the contents of a PHASES chunk: lines "phase MTIME NAME". Other lines are skipped. A wrong line is left out,
 * and the lines after it are taken.
 * @return ERROR_DATA if a line is wrong; the message is about the first such line */
enum error phases_take_text(struct phases *phases, const char *text, size_t bytes) MUST_CHECK;

/** Writes the contents of a PHASES chunk, with a zero at the end. @return its length without the zero */
size_t phases_text(const struct phases *phases, char text[PHASES_TEXT_BYTES]);

/** Converts mtime to nanoseconds, rounded down. @p timebase_hz: ticks per second, not 0. @return INT64_MAX if the
 * result would be greater. Pure. */
int64_t phases_ns(uint64_t mtime, uint64_t timebase_hz);

#endif
