/* Fuzz target for hstrace live. The guest's memory may have any contents, and it changes while the recorder reads it.
 * The target checks that the recorder never reads outside of that memory. The address sanitizer and the undefined
 * behaviour sanitizer detect such reads. The target also checks that the recorder writes a dump that the reader
 * accepts, and that the dump's statistics add up.
 *
 * The first byte of the input selects how the target begins:
 *
 *     bit 0      lay the memory out as hv does when it boots
 *     bit 1      the recorder is a consumer, in discard mode
 *     bits 2-4   how many changes the target makes in memory before the recorder starts
 *
 * The rest of the input consists of those changes, followed by steps. The target executes one step, lets the recorder
 * read, executes the next step, and so on. A step is a byte that selects the kind of step, and then the bytes that this
 * kind needs. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/dump/reader.h"
#include "trace/fuzz/fuzz.h"
#include "trace/live/recorder.h"

#define LAID_OUT 1
#define CONSUMER 2

#define BASE 0x80000000ull
#define RAM_BYTES 0x10000
#define DIRECTORY 0x1000
#define RINGS 0x2000
#define RING_STRIDE 0x100
#define COUNTERS 0x3000
#define SLOTS_AT 0x8000
#define SLOTS 64
#define HARTS 2
#define PATH_BYTES 64
#define STEPS_MOST 200

enum step { WRITE_BYTES, WRITE_DIRECTORY, WRITE_RING, EMIT, POLL, FLUSH, BOOT, STEPS };

/** The part of the input that is not used yet. */
struct input {
	const uint8_t *at;
	size_t left;
};

struct guest {
	struct guest_memory memory;
	char path[PATH_BYTES];
	int dump;
	uint64_t emitted[HARTS];
};

/** Takes the next @p bytes bytes of the input, at most 8, as a number. After the end of the input, the bytes are
 * zeros. */
static uint64_t take(struct input *input, size_t bytes)
{
	uint64_t value = 0;
	size_t some = bytes < input->left ? bytes : input->left;

	memcpy(&value, input->at, some);
	input->at += some;
	input->left -= some;
	return value;
}

static struct hartscope_ring *ring_of(struct guest *guest, unsigned hart)
{
	return (struct hartscope_ring *)(void *)(guest->memory.bytes + RINGS + hart * RING_STRIDE);
}

/** Lays the memory out as hv does when it boots. @p boot is the directory's field `boot`, which differs from boot to
 * boot. */
static void boot(struct guest *guest, uint64_t boot, uint64_t mode)
{
	struct hartscope_directory directory = {
		.length = sizeof(directory),
		.version = HARTSCOPE_ABI_VERSION,
		.timebase_hz = 10000000,
		.hart_count = HARTS,
		.hart_ids = BASE + 0x100,
		.hart_ids_stride = 8,
		.counters = BASE + COUNTERS,
		.counters_stride = sizeof(struct hartscope_counters),
		.rings = BASE + RINGS,
		.rings_stride = RING_STRIDE,
		.state = HARTSCOPE_RUNNING,
		.magic = HARTSCOPE_MAGIC,
		.boot = boot,
	};

	memset(guest->memory.bytes, 0, RAM_BYTES);
	for (unsigned hart = 0; hart < HARTS; hart++) {
		guest->emitted[hart] = 0;
		*ring_of(guest, hart) =
			(struct hartscope_ring){ .count = SLOTS,
						 .slots = BASE + SLOTS_AT + hart * SLOTS * TRACE_SLOT_BYTES,
						 .mask = TRACE_MASK_ALL,
						 .mode = mode };
	}
	memcpy(guest->memory.bytes + DIRECTORY, &directory, sizeof(directory));
}

/** Writes slots into a hart's ring, as hv does. */
static void emit(struct guest *guest, unsigned hart, unsigned slots)
{
	for (unsigned i = 0; i < slots; i++) {
		uint64_t number = guest->emitted[hart]++;
		struct trace_slot slot = trace_slot_make(1000 + number, TRACE_WFI_ENTER, 0, number);

		memcpy(guest->memory.bytes + SLOTS_AT + (hart * SLOTS + number % SLOTS) * sizeof(slot), &slot,
		       sizeof(slot));
	}
	ring_of(guest, hart)->head = guest->emitted[hart] * TRACE_SLOT_BYTES;
}

/** Changes one word of the struct at @p offset. The struct has @p words words. The input selects the word and its new
 * value. */
static void write_word(struct guest *guest, struct input *input, size_t offset, size_t words)
{
	size_t place = offset + 8 * (take(input, 1) % words);
	uint64_t value = take(input, 8);

	memcpy(guest->memory.bytes + place, &value, sizeof(value));
}

static void write_bytes(struct guest *guest, struct input *input)
{
	size_t offset = take(input, 2) % RAM_BYTES, bytes = take(input, 1);

	for (size_t i = 0; i < bytes && offset + i < RAM_BYTES; i++)
		guest->memory.bytes[offset + i] = (uint8_t)take(input, 1);
}

static void make_step(struct guest *guest, struct recorder *recorder, struct input *input, uint64_t mode)
{
	uint8_t step = (uint8_t)take(input, 1);
	unsigned argument = step / STEPS;

	switch (step % STEPS) {
	case WRITE_BYTES:
		write_bytes(guest, input);
		return;
	case WRITE_DIRECTORY:
		write_word(guest, input, DIRECTORY, sizeof(struct hartscope_directory) / 8);
		return;
	case WRITE_RING:
		write_word(guest, input, RINGS + argument % HARTS * RING_STRIDE, sizeof(struct hartscope_ring) / 8);
		return;
	case EMIT:
		emit(guest, argument % HARTS, (unsigned)take(input, 1));
		return;
	case POLL:
		(void)recorder_poll(recorder);
		return;
	case FLUSH:
		require(recorder_flush(recorder) == ERROR_NONE);
		return;
	default:
		boot(guest, argument, mode);
	}
}

/** Checks that the reader accepts the dump. Also checks, for each hart, that the number of slots read and lost is not
 * greater than the number of slots emitted. */
static void check_dump(const char *path)
{
	struct dump_reader *reader;
	struct dump_statistics statistics;
	struct dump_view view;
	enum error error;

	require(dump_open(&reader, path, false) == ERROR_NONE);
	while ((error = dump_next(reader, &view)) == ERROR_NONE && view.payload) {
		if (view.chunk.type != DUMP_STATISTICS)
			continue;
		statistics = dump_statistics_of(&view);
		require(statistics.read <= statistics.emitted &&
			statistics.lost <= statistics.emitted - statistics.read);
		require(statistics.emitted < 1ull << 62);
	}
	require(error == ERROR_NONE);
	dump_close(reader);
}

/** Records the guest, and executes the steps of the input during the recording. */
static void record(struct guest *guest, struct input *input, bool consumer)
{
	char path[PATH_BYTES];
	struct recorder recorder;
	struct dump_writer *writer;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", guest->dump);

	uint64_t address = memory_find_directory(&guest->memory), mode = consumer ? HARTSCOPE_MODE_DISCARD : 0;

	require(dump_writer_open(&writer, path) == ERROR_NONE);
	if (!address || recorder_begin(&recorder, &guest->memory, address, writer, NULL, consumer) != ERROR_NONE) {
		dump_writer_drop(writer);
		if (address)
			recorder_release(&recorder);
		return;
	}
	for (unsigned i = 0; i < STEPS_MOST && input->left; i++)
		make_step(guest, &recorder, input, mode);
	require(recorder_finish(&recorder) == ERROR_NONE);
	for (uint32_t hart = 0; hart < recorder.harts; hart++)
		require(recorder.hart[hart].retained < 1ull << 62);
	recorder_release(&recorder);
	require(dump_writer_close(writer) == ERROR_NONE);
	check_dump(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest guest = { .dump = memfd_create("dump", MFD_CLOEXEC) };
	struct input input = { data, size };
	int ram = memfd_create("ram", MFD_CLOEXEC);
	uint8_t how = (uint8_t)take(&input, 1);

	require(guest.dump >= 0 && ram >= 0 && ftruncate(ram, RAM_BYTES) == 0);
	(void)snprintf(guest.path, sizeof(guest.path), "/proc/self/fd/%d", ram);
	require(memory_map(&guest.memory, guest.path, BASE, true) == ERROR_NONE);
	if (how & LAID_OUT)
		boot(&guest, 1, how & CONSUMER ? HARTSCOPE_MODE_DISCARD : HARTSCOPE_MODE_OVERWRITE);
	for (unsigned changes = how >> 2 & 7; changes; changes--)
		if (changes & 1)
			write_word(&guest, &input, DIRECTORY, sizeof(struct hartscope_directory) / 8);
		else
			write_bytes(&guest, &input);
	record(&guest, &input, how & CONSUMER);
	memory_unmap(&guest.memory);
	(void)close(ram);
	(void)close(guest.dump);
	return 0;
}
