/* A new file that replaces an earlier one only when it is complete.
 * Called by everything that writes a dump, a trace or a table. Knows nothing of what is written. */
#ifndef TRACE_DUMP_NEW_FILE_H
#define TRACE_DUMP_NEW_FILE_H

#include <stdbool.h>

#include "trace/error/error.h"

/** A file being written. Pipes, devices and standard output cannot be replaced: they are written directly. */
struct new_file {
	int descriptor;
	bool is_stdout;  /* the descriptor is that of standard output, which stays open */
	char *path;      /* the file that will be replaced, without symbolic links; null if it is written directly */
	char *temporary; /* the temporary name of the new file; null if it has none */
};

/** Creates a file that will replace @p path, in the same folder. If @p path is a pipe or a device, opens that instead;
 * if it is "-", takes standard output. If the file system supports files without a name (O_TMPFILE), nothing is left of
 * the new file when the process ends before new_file_keep(), even if a signal kills it.
 * Messages of these functions do not contain the path: "cannot be created: No such file or directory". After an error,
 * do not call new_file_close().
 * @return ERROR_SYSTEM or ERROR_MEMORY */
enum error new_file_open(struct new_file *file, const char *path) MUST_CHECK;

/** Gives the new file its final name, so that it replaces the earlier file. Write everything to the descriptor before
 * this. The descriptor stays open, and later writes extend the file. Does nothing if the file has its final name
 * already. After an error, the earlier file is unchanged.
 * @return ERROR_SYSTEM or ERROR_MEMORY */
enum error new_file_keep(struct new_file *file) MUST_CHECK;

/** Closes the descriptor. If new_file_keep() was not called, the new file is removed, and the earlier one is unchanged.
 * @return ERROR_SYSTEM if data could not be written */
enum error new_file_close(struct new_file *file) MUST_CHECK;

#endif
