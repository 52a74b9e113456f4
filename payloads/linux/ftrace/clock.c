/* Writes lines and marks in turn. The thread is bound to one CPU at a time, so its hart writes both. An interrupt
 * between a line and a mark only makes this pair less precise. Therefore there are many pairs. */
#define _GNU_SOURCE
#include "payloads/linux/ftrace/clock.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "payloads/linux/driver/hartscope_device.h"
#include "payloads/linux/ftrace/tracefs.h"

enum {
	PAIRS = 256, /* for each CPU */
};

static void write_line(int marker, unsigned number)
{
	char line[40];
	int length = snprintf(line, sizeof(line), "hartscope clock %u", number);

	if (write(marker, line, (size_t)length) != length)
		fail("trace_marker");
}

static void write_mark(int device, unsigned number)
{
	struct hartscope_mark mark = { .id = CLOCK_MARK, .value = number };

	if (ioctl(device, HARTSCOPE_IOCTL_MARK, &mark) != 0)
		fail("the ioctl MARK");
}

static unsigned write_pairs(int marker, int device, unsigned number)
{
	for (int i = 0; i < PAIRS; i++) {
		write_line(marker, number);
		write_mark(device, number);
		number++;
	}
	write_line(marker, number);
	return number + 1;
}

void clock_write_pairs(unsigned first)
{
	cpu_set_t allowed, one;
	int marker = tracefs_open("trace_marker", O_WRONLY);
	int device = tracefs_open(HARTSCOPE_DEVICE_PATH, O_RDONLY);

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		fail("sched_getaffinity");
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one) == 0)
			first = write_pairs(marker, device, first);
	}
	close(device);
	close(marker);
}
