/* Parses the lines of QEMU's log with sscanf. A line that lacks a field is refused, because it may have been cut
 * off. */
#include "benchmarks/oracle/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Parses QEMU's line about a trap. The line must contain its last field, the description, because a line that was cut
 * off lacks this field. */
static bool read_trap(const char *text, struct log_line *line)
{
	unsigned interrupt;
	int end = 0;
	int fields = sscanf(text,
			    "riscv_cpu_do_interrupt: hart:%" SCNu32 ", async:%u, cause:%" SCNx64 ", epc:%" SCNx64
			    ", tval:%" SCNx64 ", desc=%n",
			    &line->hart, &interrupt, &line->cause, &line->epc, &line->tval, &end);

	line->kind = LOG_TRAP;
	line->interrupt = fields >= 2 && interrupt;
	return fields == 5 && end > 0;
}

static bool read_enter(const char *text, struct log_line *line)
{
	int fields = sscanf(text, "monitor: enter %" SCNu32 " %" SCNx32, &line->hart, &line->word);

	line->kind = LOG_ENTER;
	line->has_word = fields == 2;
	return fields >= 1;
}

static bool read_leave(const char *text, struct log_line *line)
{
	line->kind = LOG_LEAVE;
	return sscanf(text, "monitor: leave %" SCNu32 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64, &line->hart,
		      &line->mstatus, &line->satp, &line->medeleg, &line->mideleg) == 5;
}

bool log_line_read(const char *text, struct log_line *line)
{
	memset(line, 0, sizeof(*line));
	return read_trap(text, line) || read_enter(text, line) || read_leave(text, line);
}
