/* Tests /dev/hartscope from user space. The device must refuse wrong requests, and each of several readers must be able
 * to account for every slot. Started by driver_test.sh in the guest. Prints a line for each check, in the same form as
 * that script. The exit code is 1 if a check failed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "payloads/linux/driver_reader.h"
#include "trace/format/slot.h"

enum { READERS = 3, ROUNDS = 200 };

static bool failed;
static struct hartscope_info info;
static struct driver_reader readers[READERS];

static void check(const char *name, bool good)
{
	failed |= !driver_check(name, good);
}

/** @return whether an ioctl fails with @p error */
static bool refused(int file, unsigned long request, void *argument, int error)
{
	return ioctl(file, request, argument) == -1 && errno == error;
}

static bool read_fails(int file, size_t bytes, int error)
{
	static uint8_t buffer[DRIVER_BUFFER_BYTES];
	return read(file, buffer, bytes) == -1 && errno == error;
}

static void check_what_is_refused(void)
{
	int file = driver_open(O_RDONLY | O_NONBLOCK);
	struct hartscope_hart_stat stat = { .hart = info.harts };
	struct hartscope_control control = { .which = HARTSCOPE_CTRL_SET_MASK };
	check("STAT of an unknown hart is refused", refused(file, HARTSCOPE_IOCTL_STAT, &stat, EINVAL));
	check("INFO to a bad address is refused", refused(file, HARTSCOPE_IOCTL_INFO, (void *)8, EFAULT));
	check("an unknown ioctl is refused", refused(file, _IO(HARTSCOPE_IOCTL, 99), NULL, ENOTTY));
	check("CTRL needs a file open for writing", refused(file, HARTSCOPE_IOCTL_CTRL, &control, EBADF));
	check("read() with a small buffer is refused", read_fails(file, HARTSCOPE_BLOCK_BYTES - 1, EINVAL));
	check("write() is refused", write(file, "x", 1) == -1);
	(void)close(file);
}

static void check_without_trace(void)
{
	int file = driver_open(O_RDWR);
	struct hartscope_control control = { 0 };
	check("CTRL without a trace is refused", refused(file, HARTSCOPE_IOCTL_CTRL, &control, EOPNOTSUPP));
	check("SYNC without a trace is refused", refused(file, HARTSCOPE_IOCTL_SYNC, NULL, EOPNOTSUPP));
	check("read() without a trace is refused", read_fails(file, DRIVER_BUFFER_BYTES, EOPNOTSUPP));
	(void)close(file);
}

static void open_readers(void)
{
	for (unsigned i = 0; i < READERS; i++)
		driver_reader_open(&readers[i], info.harts);
}

static void close_readers(void)
{
	for (unsigned i = 0; i < READERS; i++)
		driver_reader_close(&readers[i]);
}

/** Writes marks, while the first reader reads often, the second one sometimes, and the third one rarely. */
static void take_in_turns(void)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct hartscope_mark mark = { .id = round, .value = round };
		for (unsigned i = 0; i < 20; i++)
			(void)ioctl(readers[0].file, HARTSCOPE_IOCTL_MARK, &mark);
		driver_reader_take_all(&readers[0]);
		if (round % 8 == 0)
			driver_reader_take_all(&readers[1]);
		if (round % 100 == 0)
			driver_reader_take_all(&readers[2]);
	}
}

static void set_mode(const struct driver_reader *reader, uint64_t mode, uint64_t mask)
{
	check("mode and mask can be set", driver_set(reader, mode, mask));
}

/** Call it after the last read. @return whether each slot that the hart emitted was read, lost or discarded, or can
 * still be in the ring */
static bool accounts_for_all(const struct driver_reader *reader, uint64_t hart)
{
	struct hartscope_hart_stat stat = { .hart = hart };
	if (ioctl(reader->file, HARTSCOPE_IOCTL_STAT, &stat) != 0)
		return false;
	uint64_t accounted = reader->read[hart] + reader->lost[hart] + stat.stat.discarded;
	return stat.stat.emitted >= accounted && stat.stat.emitted - accounted <= info.slots_per_hart;
}

static void check_overwrite_mode(void)
{
	open_readers();
	set_mode(&readers[0], HARTSCOPE_MODE_OVERWRITE, TRACE_MASK_ALL);
	take_in_turns();
	for (unsigned i = 0; i < READERS; i++) {
		driver_reader_take_all(&readers[i]);
		bool exact = readers[i].exact;
		for (uint64_t hart = 0; hart < info.harts; hart++)
			exact &= accounts_for_all(&readers[i], hart);
		check("overwrite mode: a reader accounts for every slot", exact);
		check("overwrite mode: the reader got slots", readers[i].read[0] > 0);
	}
	close_readers();
}

static void check_discard_mode(void)
{
	open_readers();
	set_mode(&readers[0], HARTSCOPE_MODE_DISCARD, TRACE_MASK_ALL);
	for (unsigned i = 0; i < READERS; i++)
		(void)driver_reader_take(&readers[i]);
	take_in_turns();
	set_mode(&readers[0], HARTSCOPE_MODE_DISCARD, 0);
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < READERS; i++)
			driver_reader_take_all(&readers[i]);
	bool same = readers[0].exact && readers[1].exact && readers[2].exact;
	for (uint64_t hart = 0; hart < info.harts; hart++)
		for (unsigned i = 1; i < READERS; i++)
			same &= readers[i].end[hart] == readers[0].end[hart] &&
				readers[i].sum[hart] == readers[0].sum[hart];
	check("discard mode: all readers get the same slots", same);
	check("discard mode: the readers got slots", readers[0].read[0] > 0);
	set_mode(&readers[0], HARTSCOPE_MODE_OVERWRITE, TRACE_MASK_ALL);
	close_readers();
}

static void check_waiting(void)
{
	struct driver_reader *reader = &readers[0];
	driver_reader_open(reader, info.harts);
	driver_reader_take_all(reader);
	check("a reader that has read all slots pauses", read_fails(reader->file, DRIVER_BUFFER_BYTES, EAGAIN));
	struct pollfd polled = { .fd = reader->file, .events = POLLIN };
	check("poll() returns at the end of the pause", poll(&polled, 1, 5000) == 1 && (polled.revents & POLLIN));
	check("after the pause there are new slots", driver_reader_take(reader));
	check("SYNC succeeds", ioctl(reader->file, HARTSCOPE_IOCTL_SYNC) == 0);
	driver_reader_close(reader);
}

int main(void)
{
	int file = driver_open(O_RDONLY);
	check("INFO succeeds", driver_info(file, &info) && info.length >= sizeof(info));
	(void)close(file);
	if (failed)
		return 1;
	check_what_is_refused();
	if (info.features & HARTSCOPE_FEATURE_TRACE) {
		check_overwrite_mode();
		check_discard_mode();
		check_waiting();
	} else {
		check_without_trace();
	}
	return failed;
}
