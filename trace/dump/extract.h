/* Makes dumps out of the console's frames (console.h), and says what is missing.
 * Called by hstrace extract with each frame found in a log. Knows nothing of logs. */
#ifndef TRACE_DUMP_EXTRACT_H
#define TRACE_DUMP_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/format/console.h"
#include "trace/dump/writer.h"
#include "trace/error/error.h"

/** Frames collected so far. Starts as zeros. */
struct extraction {
	struct console_frame *frame;
	size_t frames, room;
	uint32_t *run; /* the dumps, in the order of their first frames, once extraction_find_runs() was called */
	size_t runs;
	struct error_kept failure; /* of extraction_add() */
};

/** What one dump was found to have. */
struct extraction_hart {
	uint64_t id;      /* hart id; the index if that is not known */
	bool known;       /* its CONSOLE_HART was found, so that `missing` is sure */
	uint64_t found;   /* slots */
	uint64_t missing; /* slots that hv printed, and that were not found */
	uint64_t begin;   /* sequence number of the first slot that hv printed; 0 if that is not known */
	uint64_t end;     /* sequence number after its last slot, as far as is known */
};

struct extraction_report {
	bool machine, end;       /* those frames were found */
	uint64_t frames;         /* different ones that were found, without the end */
	uint64_t frames_printed; /* as the end frame says; 0 without it */
	uint64_t contradictions; /* frames that do not fit others, left out */
	uint32_t harts;
	struct extraction_hart *hart; /* to be freed by extraction_report_release() */
};

/** Takes a frame in. Of two that are the same one is kept. extraction_find_runs() returns its failure. */
void extraction_add(struct extraction *extraction, const struct console_frame *frame);

/** After the last frame: finds which dumps there are. @return ERROR_MEMORY if memory ran out, then or before */
enum error extraction_find_runs(struct extraction *extraction) MUST_CHECK;

/** Writes dump number @p number, below extraction->runs, but for the end chunk. Slots that are missing become gaps.
 * @param report what was found; to be released also after an error */
enum error extraction_write(struct extraction *extraction, size_t number, struct dump_writer *writer,
			    struct extraction_report *report) MUST_CHECK;

/** Whether all that hv printed was found. */
bool extraction_complete(const struct extraction_report *report);

void extraction_report_release(struct extraction_report *report);
void extraction_release(struct extraction *extraction);

#endif
