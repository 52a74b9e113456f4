/* Parses the lines of QEMU's log. QEMU itself writes lines about traps (`-d int`), and the plugin
 * machines/plugin/monitor_log.c writes lines about entering and leaving hv.
 * Called with each line of the log.
 * Must not know what several lines mean together. */
#ifndef TRACE_ORACLE_LOG_H
#define TRACE_ORACLE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/** LOG_TRAP means that a hart takes a trap. LOG_ENTER means that a hart is at one of hv's trap vectors. LOG_LEAVE means
 * that a hart is about to leave hv by mret. */
enum log_kind { LOG_TRAP, LOG_ENTER, LOG_LEAVE };

/** The contents of one line. */
struct log_line {
	enum log_kind kind;
	uint32_t hart;
	bool interrupt; /* only in a TRAP line, like the next three fields */
	uint64_t cause, epc, tval;
	bool has_word; /* in an ENTER line: whether `word` is the instruction in memory at epc */
	uint32_t word;
	uint64_t mstatus, satp, medeleg, mideleg; /* in a LEAVE line: the values when the hart leaves hv */
};

/** Parses a line, with or without the line feed at its end. @return whether it is a complete line of one of these
 * kinds */
bool log_line_read(const char *text, struct log_line *line);

#endif
