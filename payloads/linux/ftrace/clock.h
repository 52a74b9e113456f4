/* Relates the clock of ftrace to the time of hv's trace.
 * Called by main.c and hsctl record while ftrace records. Must not know how the host computes the offset, nor how a mark
 * gets into hv's trace. */
#ifndef PAYLOADS_LINUX_FTRACE_CLOCK_H
#define PAYLOADS_LINUX_FTRACE_CLOCK_H

#include <stdint.h>

#include "trace/error/error.h"

/** The id of the marks: the letters "ftrace". */
#define CLOCK_MARK 0x667472616365ull

/** A call of clock_write_pairs() uses fewer numbers than this. */
#define CLOCK_NUMBERS (1ull << 20)

/** How the caller writes into hv's trace. */
struct clock_marks {
	enum error (*mark)(void *context, uint64_t id, uint64_t value); /* writes a mark on the hart of the caller */
	enum error (*after_cpu)(void *context); /* is called after the pairs of each CPU; may be null */
	void *context;
};

/** Writes to both traces in turn, on one CPU after the other: a line `hartscope clock N` into ftrace's buffer, then a
 * mark with id CLOCK_MARK and value N into hv's trace, then a line with N + 1, and so on. Each mark lies between the two
 * lines around it, which limits the offset of the clocks from both sides. The last line of a CPU has no mark. Uses all
 * CPUs on which the calling thread may run. Afterwards the thread may run on the same CPUs as before.
 * @param root   the folder of tracefs, or of an instance
 * @param first  the first N. The host finds the mark between two lines by N, so no other call may use these numbers
 * @return ERROR_SYSTEM if a line cannot be written; the error of a function of @p marks if that failed */
enum error clock_write_pairs(const char *root, const struct clock_marks *marks, uint64_t first) MUST_CHECK;

#endif
