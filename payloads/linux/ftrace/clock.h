/* Relates the clock of ftrace to the time of hv's trace.
 * Called by main.c while ftrace records. Must not know how the host computes the offset. */
#ifndef PAYLOADS_LINUX_FTRACE_CLOCK_H
#define PAYLOADS_LINUX_FTRACE_CLOCK_H

/** Writes to both traces in turn, on one CPU after the other: a line `hartscope clock N` into ftrace's buffer, then a
 * mark with id CLOCK_MARK and value N into hv's trace, then a line with N + 1, and so on. Each mark lies between the two
 * lines around it, which limits the offset of the clocks from both sides. The last line of a CPU has no mark.
 * @param first  the first N. The caller leaves 2^20 numbers between two calls
 * Ends the program if a file is missing, or if hv refuses a mark. */
void clock_write_pairs(unsigned first);

/** The id of the marks: the letters "ftrace". */
#define CLOCK_MARK 0x667472616365ull

#endif
