/* Tests hsctl record with a simulated device, which refuses to set the mask. Its file is a pipe that holds a block. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "payloads/linux/hsctl/command.h"
#include "payloads/linux/hsctl/device.h"

static int pipe_ends[2];

enum error device_open(struct device *device, bool writes)
{
	cr_assert(writes);
	*device = (struct device){ .file = dup(pipe_ends[0]), .harts = 1 };
	device->info = (struct hartscope_info){ .features = HARTSCOPE_FEATURE_TRACE, .harts = 1, .timebase = 1 };
	return ERROR_NONE;
}

void device_close(struct device *device)
{
	(void)close(device->file);
}

enum error device_check_trace(const struct device *device)
{
	(void)device;
	return ERROR_NONE;
}

enum error device_control(const struct device *device, struct hartscope_control *control)
{
	(void)device;
	return control->which ? error_set(ERROR_SYSTEM, "CTRL: refused") : ERROR_NONE;
}

enum error device_stat(const struct device *device, unsigned int hart, struct hartscope_stat *stat)
{
	(void)device;
	(void)hart;
	*stat = (struct hartscope_stat){ 0 };
	return ERROR_NONE;
}

enum error device_mark(const struct device *device, uint64_t id, uint64_t value)
{
	(void)device;
	(void)id;
	(void)value;
	return ERROR_NONE;
}

enum error device_sync(const struct device *device)
{
	(void)device;
	return ERROR_NONE;
}

enum error device_flush(const struct device *device)
{
	(void)device;
	return ERROR_NONE;
}

enum error device_skip(const struct device *device)
{
	(void)device;
	return ERROR_NONE;
}

static const struct hartscope_block block = { .length = sizeof(block), .lost = 1 };

/** @return the number of bytes that nobody has read from the device yet */
static int bytes_left(void)
{
	int bytes = 0;

	cr_assert_eq(ioctl(pipe_ends[0], FIONREAD, &bytes), 0);
	return bytes;
}

Test(record, without_its_mask_it_reads_no_slots_and_leaves_no_dump)
{
	char directory[] = "/tmp/record_test.XXXXXX";
	char path[sizeof(directory) + 8];
	char *arguments[] = { "hsctl record", "--mask=exit", "-o", path, NULL };

	cr_assert(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/a.hst", directory);
	cr_assert_eq(pipe2(pipe_ends, O_NONBLOCK), 0);
	cr_assert_eq(write(pipe_ends[1], &block, sizeof(block)), sizeof(block));
	cr_expect_eq(command_record(4, arguments), COMMAND_FAILED);
	cr_expect_eq(bytes_left(), (int)sizeof(block), "other readers, or the next recording, still need these slots");
	cr_expect_neq(access(path, F_OK), 0);
	cr_expect_eq(rmdir(directory), 0, "no temporary file is left");
}
