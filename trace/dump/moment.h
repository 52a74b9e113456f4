/* The trigger moments of a dump: why and when a recording stopped itself. hstrace live stores a moment in the PHASES
 * chunk of the dump, as a line "trigger MTIME HART SEQUENCE CYCLES TEXT".
 * Called by readers of dumps with each PHASES chunk, and by writers of dumps. It does not know the syntax of
 * triggers. */
#ifndef TRACE_DUMP_MOMENT_H
#define TRACE_DUMP_MOMENT_H

#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

#define MOMENTS_MOST 16
#define MOMENT_TEXT_BYTES 200 /* size of the text, including the zero at its end */
#define MOMENT_LINE_BYTES (MOMENT_TEXT_BYTES + 4 * sizeof("18446744073709551615") + sizeof("trigger \n"))
#define MOMENTS_TEXT_BYTES (MOMENTS_MOST * MOMENT_LINE_BYTES)

/** The moment at which a trigger fired. */
struct moment {
	uint64_t mtime;               /* ticks of mtime. The recorder estimates it from earlier SYNC records */
	uint64_t sequence;            /* sequence number of the record that fired the trigger */
	uint64_t cycles;              /* time of this record, in cycles of its hart */
	uint32_t hart;                /* index of the hart that wrote the record */
	char text[MOMENT_TEXT_BYTES]; /* the trigger, as the user typed it: printable ASCII */
};

/** The moments of a dump. If it is all zeros, there are none. */
struct moments {
	struct moment moment[MOMENTS_MOST];
	unsigned count;
};

/** Adds a moment. A moment that is already there is not added again.
 * @return ERROR_DATA if there are MOMENTS_MOST moments already */
enum error moments_add(struct moments *moments, const struct moment *moment) MUST_CHECK;

/** Adds the moments in the contents of a PHASES chunk. Lines that do not begin with "trigger " are skipped. A wrong line
 * is skipped, too, and the lines after it are still read.
 * @return ERROR_DATA if a line is wrong; the message is about the first such line */
enum error moments_take_text(struct moments *moments, const char *text, size_t bytes) MUST_CHECK;

/** Writes the moments as lines of a PHASES chunk, with a zero at the end. @return the length without the zero */
size_t moments_text(const struct moments *moments, char text[MOMENTS_TEXT_BYTES]);

#endif
