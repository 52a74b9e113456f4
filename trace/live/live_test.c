/* Tests of the ring reader and of the recorder. A thread writes slots as hv does while the ring reader reads. The
 * recorder reads a file that stands for the guest's memory. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/dump/reader.h"
#include "trace/dump/registers.h"
#include "trace/error/testing.h"
#include "trace/live/recorder.h"

#define BASE 0x80000000ull
#define RAM_BYTES 0x40000
#define DIRECTORY (BASE + 0x3000)
#define RINGS_OFFSET 0x4000
#define SLOTS_OFFSET 0x8000
#define SLOTS 64
#define HARTS 2

/** Writes a ring as hv does for a hart. Payloads are sequence numbers, so that a reader can check each slot. */
struct writer {
	struct hartscope_ring *ring;
	struct trace_slot *slots;
	uint64_t written; /* sequence number of the next slot */
	uint64_t target;  /* how many slots to write in all */
	uint64_t resets;  /* the writer empties the ring each time it has written this many slots; 0: never */
	bool seen;        /* the reader has read something; until then the writer waits for it */
	bool done;        /* the writer has written all slots */
};

static void emit(struct writer *writer, unsigned slots)
{
	uint64_t head = writer->ring->head / TRACE_SLOT_BYTES;

	if (writer->ring->mode == HARTSCOPE_MODE_DISCARD &&
	    head - __atomic_load_n(&writer->ring->tail, __ATOMIC_ACQUIRE) / TRACE_SLOT_BYTES + slots >
		    writer->ring->count) { /* true also after a reset, when an old tail may be ahead of the head */
		__atomic_store_n(&writer->ring->lost, writer->ring->lost + slots, __ATOMIC_RELEASE);
		sched_yield();
		return;
	}
	for (unsigned i = 0; i < slots; i++) {
		struct trace_slot *slot = &writer->slots[(head + i) & (writer->ring->count - 1)];

		__atomic_store_n(&slot->tag, ~0ull, __ATOMIC_RELAXED);
		__atomic_store_n(&slot->payload, writer->written, __ATOMIC_RELAXED);
		__atomic_store_n(&slot->tag, trace_slot_make(writer->written, TRACE_WFI_ENTER, 0, 0).tag,
				 __ATOMIC_RELAXED);
		writer->written++;
	}
	__atomic_store_n(&writer->ring->head, (head + slots) * TRACE_SLOT_BYTES, __ATOMIC_RELEASE);
}

static void reset(struct writer *writer)
{
	uint64_t head = writer->ring->head / TRACE_SLOT_BYTES;

	__atomic_store_n(&writer->ring->head, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&writer->ring->tail, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&writer->ring->erased, writer->ring->erased + head, __ATOMIC_RELEASE);
	__atomic_store_n(&writer->ring->tail, 0, __ATOMIC_RELEASE);
}

static void *write_all(void *context)
{
	struct writer *writer = context;
	unsigned length = 1;

	while (writer->written < writer->target) {
		emit(writer, length);
		length = length % TRACE_RECORD_SLOTS + 1;
		while (writer->written > SLOTS / 2 && !__atomic_load_n(&writer->seen, __ATOMIC_ACQUIRE))
			sched_yield();
		if (writer->resets && writer->written % writer->resets == 0)
			reset(writer);
		if (writer->written % 1024 < 2)
			sched_yield();
	}
	__atomic_store_n(&writer->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/** Reads all slots while the writer runs in a thread. Expects the payload of each slot to be the slot's sequence
 * number. */
static void read_beside(struct writer *writer, struct ring_reader *reader)
{
	static struct trace_slot slots[48];
	pthread_t thread;
	bool done = false;

	cr_assert_eq(pthread_create(&thread, NULL, write_all, writer), 0);
	for (uint64_t expected = 0;;) {
		uint64_t first = 0, lost = reader->lost;
		size_t count = ring_read(reader, slots, sizeof(slots) / sizeof(slots[0]), &first);

		if (count && first != expected + (reader->lost - lost))
			cr_assert_fail("slots from %lu, %lu expected", first, expected + (reader->lost - lost));
		for (size_t i = 0; i < count; i++)
			if (slots[i].payload != first + i || trace_slot_event(&slots[i]) != TRACE_WFI_ENTER)
				cr_assert_fail("slot %lu has payload %lu", first + i, slots[i].payload);
		if (count)
			__atomic_store_n(&writer->seen, true, __ATOMIC_RELEASE);
		expected = reader->next;
		if (count == 0 && reader->lost == lost && done)
			break;
		done = __atomic_load_n(&writer->done, __ATOMIC_ACQUIRE);
	}
	(void)pthread_join(thread, NULL);
}

/** Writes and reads a ring, and expects that every slot is read or counted as lost. */
static void run(uint64_t mode, uint64_t resets, uint64_t target, bool consumer)
{
	static struct trace_slot slots[SLOTS];
	struct hartscope_ring ring = { .count = SLOTS, .mode = mode };
	struct writer writer = { .ring = &ring, .slots = slots, .target = target, .resets = resets };
	struct ring_reader reader = { .ring = &ring, .slots = slots, .count = SLOTS, .consumer = consumer };

	read_beside(&writer, &reader);
	cr_expect_eq(reader.read + reader.lost, writer.written, "read %lu + lost %lu, written %lu", reader.read,
		     reader.lost, writer.written);
	cr_expect_eq(ring_emitted(&reader), writer.written + ring.lost);
	cr_expect_gt(reader.read, 0);
	if (consumer && !resets)
		cr_expect_eq(reader.lost, 0);
}

Test(ring, overwritten_slots_are_counted_and_the_slots_read_are_right)
{
	run(HARTSCOPE_MODE_OVERWRITE, 0, 1000000, false);
}

Test(ring, slots_not_read_before_hv_empties_the_ring_are_lost)
{
	run(HARTSCOPE_MODE_OVERWRITE, 5000, 1000000, false);
}

Test(ring, a_consumer_loses_no_slot_that_was_written)
{
	run(HARTSCOPE_MODE_DISCARD, 0, 300000, true);
}

Test(ring, a_consumer_leaves_room_in_a_ring_that_hv_empties_while_it_reads, .timeout = 60)
{
	run(HARTSCOPE_MODE_DISCARD, 500, 100000, true);
}

/* There are two readers. One is not the consumer. The test plays the consumer itself, by setting the tail. */
Test(ring, in_discard_mode_slots_that_the_consumer_has_not_read_are_not_lost)
{
	static struct trace_slot slots[SLOTS], copy[SLOTS];
	struct hartscope_ring ring = { .count = SLOTS, .mode = HARTSCOPE_MODE_DISCARD };
	struct writer writer = { .ring = &ring, .slots = slots };
	struct ring_reader reader = { .ring = &ring, .slots = slots, .count = SLOTS };
	uint64_t first;

	for (unsigned i = 0; i < 1000; i++)
		emit(&writer, 1);
	cr_expect_eq(ring_read(&reader, copy, SLOTS, &first), SLOTS);
	cr_expect_eq(first, 0);
	ring.tail = 32 * TRACE_SLOT_BYTES;
	reader = (struct ring_reader){ .ring = &ring, .slots = slots, .count = SLOTS };
	cr_expect_eq(ring_read(&reader, copy, SLOTS, &first), SLOTS - 8);
	cr_expect_eq(first, 8, "slots that the consumer has read may be overwritten");
	cr_expect_eq(ring_discarded(&reader), 1000 - SLOTS);
}

/** Reads a ring of 40 slots, and then changes it. @return whether the reader still accepts it as the same ring */
static bool continues_after(void (*change)(struct writer *writer))
{
	static struct trace_slot slots[SLOTS], copy[SLOTS];
	struct hartscope_ring ring = { .count = SLOTS };
	struct writer writer = { .ring = &ring, .slots = slots };
	struct ring_reader reader = { .ring = &ring, .slots = slots, .count = SLOTS };
	uint64_t first, emitted;

	for (unsigned i = 0; i < 40; i++)
		emit(&writer, 1);
	cr_assert_eq(ring_read(&reader, copy, SLOTS, &first), 40);
	change(&writer);
	(void)ring_read(&reader, copy, SLOTS, &first);
	emitted = ring_emitted(&reader);
	cr_expect_geq(emitted, reader.read + reader.lost + ring_discarded(&reader));
	cr_expect_lt(emitted, 1000);
	return ring_continues(&reader);
}

static void emit_more(struct writer *writer)
{
	for (unsigned i = 0; i < 100; i++)
		emit(writer, 1);
}

static void begin_to_empty(struct writer *writer)
{
	writer->ring->head = 0;
}

static void empty_and_emit(struct writer *writer)
{
	reset(writer);
	emit(writer, 3);
}

static void boot(struct writer *writer)
{
	*writer->ring = (struct hartscope_ring){ .count = SLOTS };
	memset(writer->slots, 0, SLOTS * sizeof(*writer->slots));
}

static void boot_and_emit_less(struct writer *writer)
{
	boot(writer);
	emit(writer, 3);
}

static void boot_and_emit_as_many(struct writer *writer)
{
	boot(writer);
	for (unsigned i = 0; i < 45; i++)
		emit(writer, 1);
}

static void erase_nonsense(struct writer *writer)
{
	writer->ring->erased = ~0ull;
}

static void write_nonsense(struct writer *writer)
{
	writer->ring->head = ~0ull;
}

Test(ring, a_ring_continues_while_it_grows_and_when_hv_empties_it)
{
	cr_expect(continues_after(emit_more));
	cr_expect(continues_after(begin_to_empty));
	cr_expect(continues_after(empty_and_emit));
}

Test(ring, a_ring_does_not_continue_after_a_restart_whatever_the_new_boot_has_written)
{
	cr_expect_not(continues_after(boot_and_emit_less));
	cr_expect_not(continues_after(boot_and_emit_as_many));
	cr_expect_not(continues_after(erase_nonsense));
	cr_expect_not(continues_after(write_nonsense));
}

Test(ring, a_full_ring_that_stands_still_is_read_except_its_8_oldest_slots)
{
	static struct trace_slot slots[SLOTS], copy[SLOTS];
	struct hartscope_ring ring = { .count = SLOTS };
	struct writer writer = { .ring = &ring, .slots = slots };
	struct ring_reader reader = { .ring = &ring, .slots = slots, .count = SLOTS };
	uint64_t first;

	for (unsigned i = 0; i < 1000; i++)
		emit(&writer, 1);
	cr_expect_eq(ring_read(&reader, copy, SLOTS, &first), SLOTS - 8);
	cr_expect_eq(first, 1000 - SLOTS + 8);
	cr_expect_eq(reader.lost, first);
	cr_expect_eq(ring_read(&reader, copy, SLOTS, &first), 0);
}

/** A file that stands for the guest's memory, with hv's directory and two rings. */
struct guest {
	char path[40], dump[40];
	struct guest_memory memory;
	struct hartscope_directory *directory;
	struct writer writer[HARTS];
};

static void make_guest(struct guest *guest)
{
	*guest = (struct guest){ .path = "/tmp/hartscope-ram-XXXXXX", .dump = "/tmp/hartscope-live-XXXXXX" };

	int file = mkstemp(guest->path);

	cr_assert(file >= 0 && mkstemp(guest->dump) >= 0 && ftruncate(file, RAM_BYTES) == 0);
	must_work(memory_map(&guest->memory, guest->path, BASE, true));
	cr_assert_eq(memory_find_directory(&guest->memory), 0);
	guest->directory = memory_at(&guest->memory, DIRECTORY, sizeof(*guest->directory));
	*guest->directory = (struct hartscope_directory){
		.length = sizeof(*guest->directory),
		.version = HARTSCOPE_ABI_VERSION,
		.timebase_hz = 10000000,
		.hart_count = HARTS,
		.hart_ids = BASE + 0x100,
		.hart_ids_stride = 8,
		.rings = BASE + RINGS_OFFSET,
		.rings_stride = 0x100,
		.state = HARTSCOPE_RUNNING,
		.magic = HARTSCOPE_MAGIC,
	};
	for (unsigned hart = 0; hart < HARTS; hart++) {
		struct hartscope_ring *ring =
			memory_at(&guest->memory, BASE + RINGS_OFFSET + 0x100 * hart, sizeof(*ring));
		uint64_t slots = BASE + SLOTS_OFFSET + SLOTS * TRACE_SLOT_BYTES * hart;

		*ring = (struct hartscope_ring){ .count = SLOTS, .slots = slots, .mask = TRACE_MASK_ALL };
		guest->writer[hart].ring = ring;
		guest->writer[hart].slots = memory_at(&guest->memory, slots, SLOTS * TRACE_SLOT_BYTES);
	}
}

static void drop_guest(struct guest *guest)
{
	memory_unmap(&guest->memory);
	(void)unlink(guest->path);
	(void)unlink(guest->dump);
}

/** Reads the machine and the statistics of each hart from a dump. The test fails if the dump is incomplete. */
static void read_statistics(const char *path, struct dump_machine *machine, struct dump_statistics statistics[HARTS])
{
	struct dump_reader *reader;
	struct dump_view view;
	enum error error;

	must_work(dump_open(&reader, path, false));
	while ((error = dump_next(reader, &view)) == ERROR_NONE && view.payload)
		if (view.chunk.type == DUMP_MACHINE)
			memcpy(machine, view.payload, sizeof(*machine));
		else if (view.chunk.type == DUMP_STATISTICS)
			memcpy(&statistics[((const struct dump_statistics *)view.payload)->hart], view.payload,
			       sizeof(*statistics));
	must_work(error);
	dump_close(reader);
}

Test(recorder, a_dump_contains_the_slots_of_each_ring_and_the_number_of_lost_slots)
{
	struct guest guest;
	struct recorder recorder;
	struct dump_statistics statistics[HARTS] = { 0 };
	struct dump_machine machine;
	struct dump_writer *writer;

	make_guest(&guest);
	cr_assert_eq(memory_find_directory(&guest.memory), DIRECTORY);
	must_work(dump_writer_open(&writer, guest.dump));
	must_work(recorder_begin(&recorder, &guest.memory, DIRECTORY, writer, NULL, false));
	for (unsigned i = 0; i < 10000; i++) {
		emit(&guest.writer[1], 4);
		if (i % 10 == 0 || i < 5000)
			(void)recorder_poll(&recorder);
	}
	must_work(recorder_finish(&recorder));
	recorder_release(&recorder);
	must_work(dump_writer_close(writer));
	read_statistics(guest.dump, &machine, statistics);
	cr_expect_eq(statistics[0].emitted, 0);
	cr_expect_eq(statistics[1].emitted, 40000);
	cr_expect_eq(statistics[1].read + statistics[1].lost, 40000);
	cr_expect_eq(statistics[1].lost, 0, "%lu", statistics[1].lost);
	drop_guest(&guest);
}

/** Records the guest once. @param image hv's ELF file; null if it is not known */
static void record_once(const struct guest *guest, const struct hv_elf *image)
{
	struct recorder recorder;
	struct dump_writer *writer;

	must_work(dump_writer_open(&writer, guest->dump));
	must_work(recorder_begin(&recorder, &guest->memory, DIRECTORY, writer, image, false));
	must_work(recorder_finish(&recorder));
	recorder_release(&recorder);
	must_work(dump_writer_close(writer));
}

Test(recorder, the_machine_is_described_by_the_first_hart_that_has_a_ring)
{
	struct guest guest;
	struct dump_statistics statistics[HARTS];
	struct dump_machine machine;

	make_guest(&guest);
	guest.writer[0].ring->count = 0;
	guest.writer[1].ring->mode = HARTSCOPE_MODE_DISCARD;
	record_once(&guest, NULL);
	read_statistics(guest.dump, &machine, statistics);
	cr_expect_eq(machine.slots, SLOTS);
	cr_expect_eq(machine.mode, HARTSCOPE_MODE_DISCARD);
	drop_guest(&guest);
}

Test(recorder, an_exit_in_progress_is_recorded_unless_hv_uses_the_id_of_exits_for_another_event)
{
	char events[2][20] = { "event 1 exit 2\n", "event 1 other 2\n" };
	struct guest guest;
	struct dump_statistics statistics[HARTS];
	struct dump_machine machine;

	make_guest(&guest);
	guest.writer[1].ring->start = 5000;
	for (unsigned other = 0; other < 2; other++) {
		record_once(&guest, &(struct hv_elf){ .events = events[other] });
		read_statistics(guest.dump, &machine, statistics);
		cr_expect_eq(statistics[1].in_flight, other ? 0 : 5000);
	}
	drop_guest(&guest);
}

/** Records the guest once. @return the names of registers in the dump; the caller releases them */
static struct register_names record_registers(struct guest *guest)
{
	struct register_names names = { 0 };
	struct dump_view view;
	struct dump_reader *reader;

	record_once(guest, NULL);
	must_work(dump_open(&reader, guest->dump, false));
	while (dump_next(reader, &view) == ERROR_NONE && view.payload)
		if (view.chunk.type == DUMP_SCHEMA)
			must_work(registers_read(&names, view.payload, view.chunk.length));
	dump_close(reader);
	return names;
}

Test(recorder, a_dump_names_the_registers_to_which_the_directory_points)
{
	struct guest guest;

	make_guest(&guest);

	uint64_t *ids = memory_at(&guest.memory, BASE + 0x100, HARTS * sizeof(*ids));
	struct hartscope_registers *there = memory_at(&guest.memory, BASE + 0x200, HARTS * sizeof(*there));

	ids[1] = 7;
	there[1] = (struct hartscope_registers){ 0x201c, 0x4038, 0xbff8 };
	guest.directory->registers = BASE + 0x200;
	guest.directory->registers_stride = sizeof(*there);
	guest.directory->reset_base = 0x100000;
	guest.directory->reset_bytes = 0x1000;

	struct register_names names = record_registers(&guest);

	cr_expect_eq(names.count, 4);
	cr_expect_str_eq(registers_find(&names, 0x201c), "CLINT msip, hart 7");
	cr_expect_str_eq(registers_find(&names, 0x403c), "CLINT mtimecmp, hart 7");
	cr_expect_str_eq(registers_find(&names, 0xbff8), "CLINT mtime");
	cr_expect_str_eq(registers_find(&names, 0x100000), "reset device");
	registers_release(&names);
	drop_guest(&guest);
}

Test(recorder, registers_have_no_names_if_hv_is_older_or_their_addresses_are_not_in_ram)
{
	struct guest guest;

	make_guest(&guest);
	for (unsigned older = 0; older < 2; older++) {
		guest.directory->registers = older ? BASE + 0x200 : BASE + RAM_BYTES - 8;
		guest.directory->registers_stride = sizeof(struct hartscope_registers);
		guest.directory->reset_bytes = older ? 0x1000 : 0;
		guest.directory->length =
			older ? offsetof(struct hartscope_directory, registers) : sizeof(*guest.directory);
		*(uint64_t *)memory_at(&guest.memory, BASE + 0x200, sizeof(uint64_t)) = 0x201c;

		struct register_names names = record_registers(&guest);

		cr_expect_eq(names.count, 0, "%u", older);
		registers_release(&names);
	}
	drop_guest(&guest);
}

Test(memory, a_file_that_is_not_a_guests_memory_has_no_directory)
{
	char path[] = "/tmp/hartscope-ram-XXXXXX", bytes[256] = "x";
	struct guest_memory memory;
	int file = mkstemp(path);

	cr_assert(file >= 0 && write(file, bytes, sizeof(bytes)) == sizeof(bytes) && ftruncate(file, 5000) == 0);
	must_work(memory_map(&memory, path, BASE, false));
	cr_expect_eq(memory_find_directory(&memory), 0);
	memory_unmap(&memory);
	(void)unlink(path);
}

Test(recorder, the_recorder_refuses_a_directory_that_points_out_of_ram)
{
	struct guest guest;
	struct recorder recorder;
	struct dump_writer *writer;

	make_guest(&guest);
	guest.directory->rings = BASE + RAM_BYTES - 8;
	must_work(dump_writer_open(&writer, guest.dump));
	cr_expect_eq(recorder_begin(&recorder, &guest.memory, DIRECTORY, writer, NULL, false), ERROR_DATA);
	cr_expect(strstr(error_message(), "its ring is not in RAM"), "%s", error_message());
	recorder_release(&recorder);
	must_work(dump_writer_close(writer));
	drop_guest(&guest);
}
