/* Checks /dev/hartscope as programs use it: what it refuses, and that each of several readers can account for every slot.
 * Started by driver_test.sh; prints a line for each check, in the same form. Exit code 1 if any was bad. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "payloads/linux/driver/hartscope_device.h"
#include "trace/format/slot.h"

enum { READERS = 3, HARTS = 64, ROUNDS = 200, BUFFER_BYTES = 65536 };

static bool failed;
static struct hartscope_info info;

static void check(const char *name, bool good)
{
	printf("hartscope: driver: %s: %s\n", name, good ? "good" : "bad");
	failed |= !good;
}

static int open_device(int flags)
{
	int file = open(HARTSCOPE_DEVICE_PATH, flags);
	if (file >= 0)
		return file;
	perror(HARTSCOPE_DEVICE_PATH);
	exit(1);
}

/** Whether an ioctl fails, and so. */
static bool refused(int file, unsigned long request, void *argument, int error)
{
	return ioctl(file, request, argument) == -1 && errno == error;
}

static bool read_fails(int file, size_t bytes, int error)
{
	static uint8_t buffer[BUFFER_BYTES];
	return read(file, buffer, bytes) == -1 && errno == error;
}

static void check_what_is_refused(void)
{
	int file = open_device(O_RDONLY | O_NONBLOCK);
	struct hartscope_hart_stat stat = { .hart = info.harts };
	struct hartscope_control control = { .which = HARTSCOPE_CTRL_SET_MASK };
	check("a hart that is not there", refused(file, HARTSCOPE_IOCTL_STAT, &stat, EINVAL));
	check("memory that is not there", refused(file, HARTSCOPE_IOCTL_INFO, (void *)8, EFAULT));
	check("an unknown ioctl", refused(file, _IO(HARTSCOPE_IOCTL, 99), NULL, ENOTTY));
	check("setting without the right to write", refused(file, HARTSCOPE_IOCTL_CTRL, &control, EBADF));
	check("a buffer that is too small", read_fails(file, HARTSCOPE_BLOCK_BYTES - 1, EINVAL));
	check("writing", write(file, "x", 1) == -1);
	(void)close(file);
}

static void check_without_trace(void)
{
	int file = open_device(O_RDWR);
	struct hartscope_control control = { 0 };
	check("CTRL without a trace", refused(file, HARTSCOPE_IOCTL_CTRL, &control, EOPNOTSUPP));
	check("SYNC without a trace", refused(file, HARTSCOPE_IOCTL_SYNC, NULL, EOPNOTSUPP));
	check("reading without a trace", read_fails(file, BUFFER_BYTES, EOPNOTSUPP));
	(void)close(file);
}

/** A reader and its account: of each hart, where the next block must go on. */
struct reader {
	int file;
	bool exact;
	uint64_t end[HARTS], read[HARTS], lost[HARTS];
	uint64_t sum[HARTS]; /* of what the slots hold */
};

static void take_block(struct reader *reader, const struct hartscope_block *block, const struct trace_slot *slots)
{
	uint32_t hart = block->hart;
	reader->exact &= hart < info.harts && block->first == reader->end[hart] + block->lost;
	reader->exact &= block->length == sizeof(*block) + block->slots * sizeof(*slots);
	if (!reader->exact)
		return;
	reader->end[hart] = block->first + block->slots;
	reader->read[hart] += block->slots;
	reader->lost[hart] += block->lost;
	for (uint32_t i = 0; i < block->slots; i++)
		reader->sum[hart] += (block->first + i) * (slots[i].tag ^ slots[i].payload);
}

/** Reads once. @return whether there was anything */
static bool take(struct reader *reader)
{
	static _Alignas(16) uint8_t buffer[BUFFER_BYTES];
	ssize_t bytes = read(reader->file, buffer, sizeof(buffer));
	for (ssize_t done = 0; done < bytes && reader->exact;) {
		const struct hartscope_block *block = (const void *)(buffer + done);
		take_block(reader, block, (const void *)(block + 1));
		done += block->length;
	}
	if (bytes < 0 && errno != EAGAIN)
		reader->exact = false;
	return bytes > 0 && reader->exact;
}

static void take_all(struct reader *reader)
{
	(void)ioctl(reader->file, HARTSCOPE_IOCTL_FLUSH);
	while (take(reader))
		;
}

static void open_readers(struct reader readers[READERS])
{
	memset(readers, 0, READERS * sizeof(readers[0]));
	for (unsigned i = 0; i < READERS; i++) {
		readers[i].file = open_device(O_RDWR | O_NONBLOCK);
		readers[i].exact = true;
	}
}

static void close_readers(struct reader readers[READERS])
{
	for (unsigned i = 0; i < READERS; i++)
		(void)close(readers[i].file);
}

/** The first reads often, the second now and then, the third hardly ever. */
static void take_in_turns(struct reader readers[READERS])
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct hartscope_mark mark = { .id = round, .value = round };
		for (unsigned i = 0; i < 20; i++)
			(void)ioctl(readers[0].file, HARTSCOPE_IOCTL_MARK, &mark);
		take_all(&readers[0]);
		if (round % 8 == 0)
			take_all(&readers[1]);
		if (round % 100 == 0)
			take_all(&readers[2]);
	}
}

static void set_mode(const struct reader *reader, uint64_t mode, uint64_t mask)
{
	struct hartscope_control control = { .mode = mode, .mask = mask };
	control.which = HARTSCOPE_CTRL_SET_MODE | HARTSCOPE_CTRL_SET_MASK;
	check("mode and mask can be set", ioctl(reader->file, HARTSCOPE_IOCTL_CTRL, &control) == 0);
}

/** emitted = read + lost + still in the ring, after the last read. */
static bool accounts_for_all(const struct reader *reader, uint64_t hart)
{
	struct hartscope_hart_stat stat = { .hart = hart };
	if (ioctl(reader->file, HARTSCOPE_IOCTL_STAT, &stat) != 0)
		return false;
	uint64_t accounted = reader->read[hart] + reader->lost[hart];
	return stat.stat.emitted >= accounted && stat.stat.emitted - accounted <= info.slots_per_hart;
}

static void check_overwrite_mode(void)
{
	struct reader readers[READERS];
	open_readers(readers);
	set_mode(&readers[0], HARTSCOPE_MODE_OVERWRITE, TRACE_MASK_ALL);
	take_in_turns(readers);
	for (unsigned i = 0; i < READERS; i++) {
		take_all(&readers[i]);
		bool exact = readers[i].exact;
		for (uint64_t hart = 0; hart < info.harts; hart++)
			exact &= accounts_for_all(&readers[i], hart);
		check("overwriting: a reader accounts for every slot", exact);
		check("overwriting: it was given some", readers[i].read[0] > 0);
	}
	close_readers(readers);
}

static void check_discard_mode(void)
{
	struct reader readers[READERS];
	open_readers(readers);
	set_mode(&readers[0], HARTSCOPE_MODE_DISCARD, TRACE_MASK_ALL);
	for (unsigned i = 0; i < READERS; i++)
		(void)take(&readers[i]);
	take_in_turns(readers);
	set_mode(&readers[0], HARTSCOPE_MODE_DISCARD, 0);
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < READERS; i++)
			take_all(&readers[i]);
	bool same = readers[0].exact && readers[1].exact && readers[2].exact;
	for (uint64_t hart = 0; hart < info.harts; hart++)
		for (unsigned i = 1; i < READERS; i++)
			same &= readers[i].end[hart] == readers[0].end[hart] &&
				readers[i].sum[hart] == readers[0].sum[hart];
	check("discarding: all readers get the same slots", same);
	check("discarding: they were given some", readers[0].read[0] > 0);
	set_mode(&readers[0], HARTSCOPE_MODE_OVERWRITE, TRACE_MASK_ALL);
	close_readers(readers);
}

static void check_waiting(void)
{
	struct reader reader = { .file = open_device(O_RDWR | O_NONBLOCK), .exact = true };
	take_all(&reader);
	check("a reader that has had all pauses", read_fails(reader.file, BUFFER_BYTES, EAGAIN));
	struct pollfd polled = { .fd = reader.file, .events = POLLIN };
	check("poll ends the pause", poll(&polled, 1, 5000) == 1 && (polled.revents & POLLIN));
	check("then there is something", take(&reader));
	check("SYNC returns", ioctl(reader.file, HARTSCOPE_IOCTL_SYNC) == 0);
	(void)close(reader.file);
}

int main(void)
{
	int file = open_device(O_RDONLY);
	check("INFO", ioctl(file, HARTSCOPE_IOCTL_INFO, &info) == 0 && info.length >= sizeof(info));
	(void)close(file);
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
