/* Makes dumps out of the frames that hv printed on a console (console.h), and reports what is missing in each dump.
 * Called by hstrace extract with each frame that was found in a log. It does not know how frames are found in logs. */
#ifndef TRACE_DUMP_EXTRACT_H
#define TRACE_DUMP_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/format/console.h"
#include "trace/dump/writer.h"
#include "trace/error/error.h"

/** The frames that were collected so far. Set it to zeros before the first call. */
struct extraction {
	struct console_frame *frame;
	size_t frames, room;
	uint32_t *run; /* the `run` of each dump, in the order of their first frames; set by extraction_find_runs() */
	size_t runs;   /* number of dumps */
	struct error_kept failure; /* first failure of extraction_add() */
};

/** The part of one hart's trace that was found in the log. */
struct extraction_hart {
	uint64_t id;      /* hart id; the hart index if the id is not known */
	bool known;       /* the hart's CONSOLE_HART frame was found; without it, `missing` may be too low */
	uint64_t found;   /* number of slots that were found */
	uint64_t missing; /* number of slots that hv printed and that were not found */
	uint64_t begin;   /* sequence number of the first slot that hv printed; 0 if that is not known */
	uint64_t end;     /* sequence number after that of the last slot that is known to exist */
};

/** The parts of one dump that were found in the log. */
struct extraction_report {
	bool machine, end;       /* whether these frames were found */
	uint64_t frames;         /* number of different frames that were found, without CONSOLE_END */
	uint64_t frames_printed; /* number of frames that hv printed, from CONSOLE_END; 0 without that frame */
	uint64_t contradictions; /* number of frames that were left out because they contradict others */
	uint32_t harts;
	struct extraction_hart *hart; /* extraction_report_release() frees it */
};

/** Adds a copy of a frame. If memory runs out, extraction_find_runs() returns the error. */
void extraction_add(struct extraction *extraction, const struct console_frame *frame);

/** Makes the list of the dumps that the collected frames belong to. Call it after the last frame was added.
 * @return ERROR_MEMORY if memory runs out, or ran out in extraction_add() */
enum error extraction_find_runs(struct extraction *extraction) MUST_CHECK;

/** Writes all chunks of a dump, except the end chunk. dump_writer_close() writes that one. Missing slots become gaps in
 * the dump.
 * @param number the dump's number, below extraction->runs
 * @param report receives facts about the frames that were found; call extraction_report_release() even after an
 *               error */
enum error extraction_write(struct extraction *extraction, size_t number, struct dump_writer *writer,
			    struct extraction_report *report) MUST_CHECK;

/** Whether everything that hv printed was found. */
bool extraction_complete(const struct extraction_report *report);

/** Frees the report's list of harts. */
void extraction_report_release(struct extraction_report *report);

/** Frees the frames, and sets @p extraction to all zeros. */
void extraction_release(struct extraction *extraction);

#endif
