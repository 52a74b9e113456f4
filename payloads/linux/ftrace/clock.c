/* Writes lines and marks in turn. The thread is bound to one CPU at a time, so its hart writes both. An interrupt
 * between a line and a mark only makes this pair less precise. Therefore there are many pairs. */
#define _GNU_SOURCE
#include "payloads/linux/ftrace/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "payloads/linux/ftrace/tracefs.h"

enum {
	PAIRS = 256, /* for each CPU */
};

static enum error write_line(int marker, uint64_t number)
{
	char line[40];
	int length = snprintf(line, sizeof(line), "hartscope clock %" PRIu64, number);

	if (write(marker, line, (size_t)length) == length)
		return ERROR_NONE;
	return error_set(ERROR_SYSTEM, "trace_marker: cannot write: %s", strerror(errno));
}

static enum error write_pairs(int marker, const struct clock_marks *marks, uint64_t *number)
{
	for (int i = 0; i < PAIRS; i++) {
		RETURN_IF_ERROR(write_line(marker, *number));
		RETURN_IF_ERROR(marks->mark(marks->context, CLOCK_MARK, *number));
		++*number;
	}
	RETURN_IF_ERROR(write_line(marker, *number));
	++*number;
	return marks->after_cpu ? marks->after_cpu(marks->context) : ERROR_NONE;
}

/** Writes the pairs of all CPUs in @p allowed. A CPU that has gone offline is left out. */
static enum error visit(const cpu_set_t *allowed, int marker, const struct clock_marks *marks, uint64_t number)
{
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		cpu_set_t one;

		if (!CPU_ISSET(cpu, allowed))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one) == 0)
			RETURN_IF_ERROR(write_pairs(marker, marks, &number));
	}
	return ERROR_NONE;
}

enum error clock_write_pairs(const char *root, const struct clock_marks *marks, uint64_t first)
{
	cpu_set_t allowed;
	int marker;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return error_set(ERROR_SYSTEM, "sched_getaffinity: %s", strerror(errno));
	RETURN_IF_ERROR(tracefs_open(root, "trace_marker", O_WRONLY, &marker));

	enum error error = visit(&allowed, marker, marks, first);

	(void)sched_setaffinity(0, sizeof(allowed), &allowed);
	(void)close(marker);
	return error;
}
