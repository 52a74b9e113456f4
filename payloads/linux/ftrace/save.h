/* Writes the contents of ftrace's buffers, and what is needed to read them, to a file for the host.
 * Called by main.c at the end of a run, and by hsctl record, also while ftrace records. Must not know the formats of
 * events. trace/ftrace/stream.py reads the file.
 *
 * The file is a sequence of parts. A part is a line `NAME BYTES`, then the bytes. NAME is a path in tracefs, or a path
 * that begins with a slash. The parts of per_cpu/cpuN/trace_pipe_raw are pages of CPU N in their order, one page each;
 * parts of other names may lie between them. The last part has the name `end`. */
#ifndef PAYLOADS_LINUX_FTRACE_SAVE_H
#define PAYLOADS_LINUX_FTRACE_SAVE_H

#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

struct save_pipe;

struct save {
	const char *root; /* the folder of tracefs, or of an instance; not copied */
	int out;          /* where the parts go; the caller opens and closes it */
	uint64_t pages;   /* how many pages were written so far */
	size_t cpus;
	struct save_pipe *pipes; /* one for each CPU */
};

/** Opens the buffers of all CPUs. Writes nothing yet. After an error, do not call save_close().
 * @param root  the folder of tracefs, or of an instance; must stay valid until save_close()
 * @param out   a descriptor that is open for writing
 * @return ERROR_SYSTEM or ERROR_MEMORY */
enum error save_open(struct save *save, const char *root, int out) MUST_CHECK;

/** Moves the pages that are in the buffers now to the file. ftrace may record meanwhile: a call then moves at most
 * SAVE_PAGES_MOST pages of each CPU. @return ERROR_SYSTEM if a buffer cannot be read, or the file not be written */
enum error save_take(struct save *save) MUST_CHECK;

#define SAVE_PAGES_MOST 2048

/** Writes all other parts: the pages that are left, the formats of the events that are on, and facts about the kernel.
 * ftrace must have stopped, otherwise this may never end. @return ERROR_SYSTEM */
enum error save_end(struct save *save) MUST_CHECK;

/** Closes the buffers. */
void save_close(struct save *save);

#endif
