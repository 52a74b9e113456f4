/* A new file that replaces an earlier file only when the new file is complete.
 * Called by everything that writes a dump, a trace or a table. It does not interpret the data. */
#ifndef TRACE_DUMP_NEW_FILE_H
#define TRACE_DUMP_NEW_FILE_H

#include <stdbool.h>

#include "trace/error/error.h"

/** A file that is being written. Pipes, devices and standard output cannot be replaced, so data goes to them
 * directly. */
struct new_file {
	int descriptor;
	bool is_stdout;  /* the descriptor belongs to standard output, and new_file_close() leaves it open */
	char *path;      /* the file to replace, without symbolic links; null if data is written to it directly */
	char *temporary; /* the temporary name of the new file; null if it has none */
};

/** Creates a new file in the folder of @p path. new_file_keep() later replaces @p path by it. If @p path is a pipe or a
 * device, this function opens the pipe or device instead. If @p path is "-", it uses standard output. If the process
 * ends before new_file_keep(), the new file disappears. If the file system supports files without a name (O_TMPFILE),
 * this is so even when a signal kills the process. Messages of these functions do not contain the path: "cannot be
 * created: No such file or directory". After an error, do not call new_file_close().
 * @return ERROR_SYSTEM or ERROR_MEMORY */
enum error new_file_open(struct new_file *file, const char *path) MUST_CHECK;

/** Gives the new file its final name, so that it replaces the earlier file. Before this call, write all buffered data
 * to the descriptor. The descriptor stays open, and later writes extend the file. Does nothing if the file already has
 * its final name. After an error, the earlier file is unchanged.
 * @return ERROR_SYSTEM or ERROR_MEMORY */
enum error new_file_keep(struct new_file *file) MUST_CHECK;

/** Closes the descriptor. If new_file_keep() was not called, the new file is removed, and the earlier one is unchanged.
 * @return ERROR_SYSTEM if data could not be written */
enum error new_file_close(struct new_file *file) MUST_CHECK;

#endif
