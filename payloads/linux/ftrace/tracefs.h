/* Access to the files of tracefs. Errors have messages for the user, which say what is wrong and what to do about it.
 * Called by the other files of this folder, and by hsctl record. Must not know hv. */
#ifndef PAYLOADS_LINUX_FTRACE_TRACEFS_H
#define PAYLOADS_LINUX_FTRACE_TRACEFS_H

#include <stddef.h>

#include "trace/error/error.h"

/** The folder of tracefs. The folder of an instance of ftrace has the same files for a buffer of its own. */
#define TRACEFS "/sys/kernel/tracing"

/** Opens a file.
 * @param root  TRACEFS, or the folder of an instance
 * @param path  the path in @p root; if it begins with a slash, a path outside of it
 * @param flags as for open(2)
 * @param file  receives the descriptor
 * @return ERROR_SYSTEM if the file cannot be opened */
enum error tracefs_open(const char *root, const char *path, int flags, int *file) MUST_CHECK;

/** Writes @p text to a file by a single write(). @p root and @p path are those of tracefs_open().
 * @return ERROR_OPTION if the kernel says that the text is invalid (EINVAL), ERROR_SYSTEM if anything else failed */
enum error tracefs_set(const char *root, const char *path, const char *text) MUST_CHECK;

/** Reads a file to its end. @p root and @p path are those of tracefs_open().
 * @param buffer receives the contents, and a zero after them
 * @param bytes  size of @p buffer, at least 1; longer files are cut
 * @param length receives the number of bytes without the zero
 * @return ERROR_SYSTEM if the file cannot be read */
enum error tracefs_read(const char *root, const char *path, char *buffer, size_t bytes, size_t *length) MUST_CHECK;

#endif
