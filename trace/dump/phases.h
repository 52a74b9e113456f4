/* The phases of a run: what the machine was doing from when on. The first three are in records of module boot_counter; the rest has
 * been seen from outside, such as on the guest's console, and stands in a chunk of its own.
 * Called by what reads dumps, with each record and each phases chunk, and by what writes them. Knows nothing of clocks of harts. */
#ifndef TRACE_DUMP_PHASES_H
#define TRACE_DUMP_PHASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

#define PHASES_MOST 64
#define PHASES_NAME_BYTES 32 /* with the end */
#define PHASES_LINE_BYTES (PHASES_NAME_BYTES + sizeof("phase 18446744073709551615 \n"))
#define PHASES_TEXT_BYTES (PHASES_MOST * PHASES_LINE_BYTES)

/** A phase, which lasts until the next one begins. */
struct phase {
	char name[PHASES_NAME_BYTES]; /* printable ASCII */
	uint64_t mtime;               /* ticks at its start */
};

/** Phases by their start. All 0: there are none. */
struct phases {
	struct phase phase[PHASES_MOST];
	unsigned count;
	bool stamped; /* hart 0 has written a module's event, and its counter may follow: */
	uint64_t number, mtime;
};

/** Adds a phase, unless there is one of the name. @p name of @p bytes, without an end.
 * @return ERROR_DATA if the name is wrong, or if there are too many */
enum error phases_add(struct phases *phases, const char *name, size_t bytes, uint64_t mtime) MUST_CHECK;

/** Takes a record: of hart index @p hart, with the event @p id and its first two words. */
void phases_take_record(struct phases *phases, uint32_t hart, unsigned id, uint64_t word0, uint64_t word1);

/** Takes the contents of a phases chunk: lines "phase MTIME NAME". Other lines are skipped.
 * @return ERROR_DATA if a line could not be taken; the message is about the first of them */
enum error phases_take_text(struct phases *phases, const char *text, size_t bytes) MUST_CHECK;

/** Writes the contents of a phases chunk, with an end. @return its length */
size_t phases_text(const struct phases *phases, char text[PHASES_TEXT_BYTES]);

/** mtime as nanoseconds, rounded down; INT64_MAX if it is later than that. @p timebase_hz: ticks a second, not 0. Pure. */
int64_t phases_ns(uint64_t mtime, uint64_t timebase_hz);

#endif
