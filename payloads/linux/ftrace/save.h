/* Sends the contents of ftrace's buffers, and what is needed to read them, to the host.
 * Called by main.c at the end of a run. Must not know the formats of events. */
#ifndef PAYLOADS_LINUX_FTRACE_SAVE_H
#define PAYLOADS_LINUX_FTRACE_SAVE_H

/** Stops ftrace, and writes everything to @p path as a sequence of parts. A part is a line `NAME BYTES`, then the
 * bytes. NAME is a path in tracefs, or a path that begins with a slash. The parts of
 * per_cpu/cpuN/trace_pipe_raw are pages of CPU N in their order, one page each. The last part has the name `end`.
 * Ends the program if something cannot be read or written. */
void save_buffers(const char *path);

#endif
