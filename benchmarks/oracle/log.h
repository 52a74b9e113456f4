/* Lines of QEMU's log: its own of traps (`-d int`), and those of machines/plugin/monitor_log.c between them.
 * Called with each line of the log. Knows nothing of what they mean together. */
#ifndef TRACE_ORACLE_LOG_H
#define TRACE_ORACLE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/** TRAP: a hart takes a trap. ENTER: it is at one of hv's vectors. LEAVE: it is about to leave hv by mret. */
enum log_kind { LOG_TRAP, LOG_ENTER, LOG_LEAVE };

/** What one line says. */
struct log_line {
	enum log_kind kind;
	uint32_t hart;
	bool interrupt; /* TRAP */
	uint64_t cause, epc, tval;
	bool has_word; /* ENTER: `word` is the instruction at epc, as it is in memory */
	uint32_t word;
	uint64_t mstatus, satp, medeleg, mideleg; /* LEAVE */
};

/** Reads a line, with or without its end. @return whether it is one of these three kinds, and whole */
bool log_line_read(const char *text, struct log_line *line);

#endif
