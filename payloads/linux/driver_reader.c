/* Reads blocks without waiting. Checks that the first sequence number of each block is the end of the hart's previous
 * block plus the number of slots that the block reports as lost. A checksum over all slots and their sequence numbers
 * shows whether two readers got the same slots. */
#include "payloads/linux/driver_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "trace/format/slot.h"

bool driver_check(const char *name, bool good)
{
	printf("hartscope: driver: %s: %s\n", name, good ? "good" : "bad");
	(void)fflush(stdout);
	return good;
}

int driver_open(int flags)
{
	int file = open(HARTSCOPE_DEVICE_PATH, flags);
	if (file >= 0)
		return file;
	perror(HARTSCOPE_DEVICE_PATH);
	exit(1);
}

bool driver_info(int file, struct hartscope_info *info)
{
	return ioctl(file, HARTSCOPE_IOCTL_INFO, info) == 0 && info->harts <= DRIVER_HARTS;
}

void driver_reader_open(struct driver_reader *reader, uint64_t harts)
{
	memset(reader, 0, sizeof(*reader));
	reader->file = driver_open(O_RDWR | O_NONBLOCK);
	reader->harts = harts;
	reader->exact = true;
}

void driver_reader_close(struct driver_reader *reader)
{
	(void)close(reader->file);
}

static void take_block(struct driver_reader *reader, const struct hartscope_block *block,
		       const struct trace_slot *slots)
{
	uint32_t hart = block->hart;
	reader->exact &= hart < reader->harts && block->length == sizeof(*block) + block->slots * sizeof(*slots);
	if (!reader->exact)
		return;
	reader->exact = block->first == reader->end[hart] + block->lost;
	reader->end[hart] = block->first + block->slots;
	reader->read[hart] += block->slots;
	reader->lost[hart] += block->lost;
	for (uint32_t i = 0; i < block->slots; i++)
		reader->sum[hart] += (block->first + i) * (slots[i].tag ^ slots[i].payload);
}

bool driver_reader_take(struct driver_reader *reader)
{
	ssize_t bytes = read(reader->file, reader->buffer, sizeof(reader->buffer));
	for (ssize_t done = 0; done < bytes && reader->exact;) {
		const struct hartscope_block *block = (const void *)(reader->buffer + done);
		take_block(reader, block, (const void *)(block + 1));
		done += block->length;
	}
	if (bytes < 0 && errno != EAGAIN)
		reader->exact = false;
	return bytes > 0 && reader->exact;
}

void driver_reader_take_all(struct driver_reader *reader)
{
	(void)ioctl(reader->file, HARTSCOPE_IOCTL_FLUSH);
	while (driver_reader_take(reader))
		;
}

bool driver_set(const struct driver_reader *reader, uint64_t mode, uint64_t mask)
{
	struct hartscope_control control = { .mode = mode, .mask = mask };
	control.which = HARTSCOPE_CTRL_SET_MODE | HARTSCOPE_CTRL_SET_MASK;
	return ioctl(reader->file, HARTSCOPE_IOCTL_CTRL, &control) == 0;
}
