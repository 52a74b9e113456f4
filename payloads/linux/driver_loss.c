/* Lets every hart fill its ring with marks while a fast, a slow and a very slow reader read. Then checks for each
 * reader that every slot was read, lost or discarded.
 * Started by driver_test.sh as driver_loss MODE SLOTS. All harts together write at least SLOTS slots. Prints a line for
 * each check. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "payloads/linux/driver_reader.h"
#include "trace/dump/number.h"
#include "trace/format/slot.h"

enum { READERS = 3, DRAINS = 100 };

/* How long each reader pauses, in microseconds. In overwrite mode, the last reader is so slow that it must lose
 * slots. */
static const useconds_t PAUSES[READERS] = { 500, 20000, 1500000 };

static struct hartscope_info info;
static struct driver_reader readers[READERS];
static atomic_bool stop; /* accessed with relaxed order, because it protects no other data */

static void *write_marks(void *argument)
{
	int file = driver_open(O_RDONLY);
	size_t hart = (size_t)(uintptr_t)argument;
	struct hartscope_mark mark = { .id = hart };
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	(void)pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
	for (; !atomic_load_explicit(&stop, memory_order_relaxed); mark.value++)
		(void)ioctl(file, HARTSCOPE_IOCTL_MARK, &mark);
	(void)close(file);
	return NULL;
}

static void *read_slots(void *argument)
{
	size_t index = (size_t)(uintptr_t)argument;
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		driver_reader_take_all(&readers[index]);
		(void)usleep(PAUSES[index]);
	}
	return NULL;
}

static struct hartscope_stat stat_of(uint64_t hart)
{
	struct hartscope_hart_stat stat = { .hart = hart };
	if (ioctl(readers[0].file, HARTSCOPE_IOCTL_STAT, &stat) != 0)
		exit(2);
	return stat.stat;
}

static uint64_t emitted_by_all(void)
{
	uint64_t sum = 0;
	for (uint64_t hart = 0; hart < info.harts; hart++)
		sum += stat_of(hart).emitted;
	return sum;
}

static void run_until(uint64_t slots)
{
	static pthread_t threads[DRIVER_HARTS + READERS];
	uint64_t until = emitted_by_all() + slots;
	unsigned count = 0;
	for (uint64_t hart = 0; hart < info.harts; hart++)
		(void)pthread_create(&threads[count++], NULL, write_marks, (void *)(uintptr_t)hart);
	for (uint64_t i = 0; i < READERS; i++)
		(void)pthread_create(&threads[count++], NULL, read_slots, (void *)(uintptr_t)i);
	while (emitted_by_all() < until)
		(void)usleep(50000);
	atomic_store_explicit(&stop, true, memory_order_relaxed);
	while (count)
		(void)pthread_join(threads[--count], NULL);
}

/** Call it after the last read. @return whether each slot that the hart emitted was read by this reader, lost by this
 * reader, or discarded by hv, except the few slots that may still be in the ring */
static bool accounts(const struct driver_reader *reader, uint64_t hart)
{
	struct hartscope_stat stat = stat_of(hart);
	uint64_t known = reader->read[hart] + reader->lost[hart] + stat.discarded;
	printf("hartscope: loss: hart %" PRIu64 " emitted %" PRIu64 " read %" PRIu64 " lost %" PRIu64
	       " discarded %" PRIu64 "\n",
	       hart, stat.emitted, reader->read[hart], reader->lost[hart], stat.discarded);
	return reader->exact && known <= stat.emitted && stat.emitted - known <= 2 * TRACE_RECORD_SLOTS;
}

static bool same_for_all(void)
{
	bool same = true;
	for (uint64_t hart = 0; hart < info.harts; hart++)
		for (unsigned i = 1; i < READERS; i++)
			same &= readers[i].sum[hart] == readers[0].sum[hart] &&
				readers[i].end[hart] == readers[0].end[hart];
	return same;
}

int main(int argc, char **argv)
{
	uint64_t slots;
	if (argc != 3 || !number_read(argv[2], &slots))
		return 2;
	bool discards = strcmp(argv[1], "discard") == 0, good = true;
	uint64_t mode = discards ? HARTSCOPE_MODE_DISCARD : HARTSCOPE_MODE_OVERWRITE;
	int file = driver_open(O_RDONLY);
	if (!driver_info(file, &info))
		return 2;
	(void)close(file);
	for (unsigned i = 0; i < READERS; i++)
		driver_reader_open(&readers[i], info.harts);
	good &= driver_check("CTRL sets the mode", driver_set(&readers[0], mode, TRACE_MASK_ALL));
	for (unsigned i = 0; i < READERS; i++)
		(void)driver_reader_take(&readers[i]);
	run_until(slots);

	good &= driver_check("CTRL clears the mask", driver_set(&readers[0], mode, 0));
	for (unsigned i = 0; i < DRAINS * READERS; i++)
		driver_reader_take_all(&readers[i % READERS]);
	for (unsigned i = 0; i < READERS; i++)
		for (uint64_t hart = 0; hart < info.harts; hart++)
			good &= driver_check("each slot was read, lost or is in the ring", accounts(&readers[i], hart));
	if (discards)
		good &= driver_check("all readers got the same slots", same_for_all());
	good &= driver_check("CTRL restores mode and mask",
			     driver_set(&readers[0], HARTSCOPE_MODE_OVERWRITE, TRACE_MASK_ALL));
	return good ? 0 : 1;
}
