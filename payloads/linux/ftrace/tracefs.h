/* Access to the files of tracefs, and messages about errors.
 * Called by the other files of this program. Must not know hv. */
#ifndef PAYLOADS_LINUX_FTRACE_TRACEFS_H
#define PAYLOADS_LINUX_FTRACE_TRACEFS_H

#define TRACEFS "/sys/kernel/tracing"

/** Opens a file.
 * @param path  the path in tracefs if it does not begin with a slash
 * @param flags as for open(2)
 * @return the descriptor. Ends the program if the file cannot be opened */
int tracefs_open(const char *path, int flags);

/** Writes @p text to a file of tracefs. Ends the program if that fails. */
void tracefs_set(const char *path, const char *text);

/** Ends the program with a message: what failed, and errno. */
__attribute__((noreturn)) void fail(const char *what);

#endif
