/* A file that replaces an earlier one only when it is complete.
 * Called by everything that writes a dump, a trace or a table. Knows nothing of what is written. */
#ifndef TRACE_DUMP_NEW_FILE_H
#define TRACE_DUMP_NEW_FILE_H

#include <stdbool.h>

#include "trace/error/error.h"

/** A file being written. Pipes, devices and standard output cannot be replaced: they are written directly. */
struct new_file {
	int descriptor;
	bool is_stdout;  /* then the descriptor is not closed */
	char *path;      /* to be replaced, with symbolic links resolved; null if it is written directly */
	char *temporary; /* the name that the file has until then; null if it has none */
};

/** Opens a file that is to replace @p path, in the same folder; or @p path itself if that cannot be replaced; "-" is
 * standard output. A temporary file is gone when the process ends, even by a signal, wherever the file system supports files
 * without a name (O_TMPFILE).
 * Messages of these functions have no path: "cannot be created: No such file or directory". After an error nothing is to be
 * closed. */
enum error new_file_open(struct new_file *file, const char *path) MUST_CHECK;

/** Gives the file its name, which replaces an earlier file. Everything must have been written to the descriptor, which stays
 * open: what is written to it later is added to the file. Does nothing if it has its name already. After an error the earlier file is
 * unchanged. */
enum error new_file_keep(struct new_file *file) MUST_CHECK;

/** Closes the descriptor. Without new_file_keep() the file is gone, and the earlier one unchanged. */
enum error new_file_close(struct new_file *file) MUST_CHECK;

#endif
