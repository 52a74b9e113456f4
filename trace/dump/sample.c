/* Makes the sample with the writer, in a file that has no name in the file system (memfd_create), and then finds its
 * chunks. */
#define _GNU_SOURCE
#include "trace/dump/sample.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/dump/writer.h"
#include "trace/format/event_fields.h"

#define UNKNOWN DUMP_TYPE('N', 'E', 'W', '!')
#define PATH_BYTES 64

int sample_file(const void *bytes, size_t size, char *path)
{
	int file = memfd_create("sample", MFD_CLOEXEC);

	if (file < 0 || write(file, bytes, size) != (ssize_t)size)
		err(1, "cannot create an unnamed file");
	(void)snprintf(path, PATH_BYTES, "/proc/self/fd/%d", file);
	return file;
}

/** Makes ten slots: the records SYNC, EXIT, WFI_ENTER and WFI_LEAVE, and the first two of the three slots of another
 * EXIT. */
static size_t make_slots(struct trace_slot *to, uint64_t time)
{
	struct trace_sync sync = { .mcycle = time, .mtime = time / 100, .mcycle_again = time + 3 };
	struct trace_exit call = { .duration = 50,
				   .cause = 9,
				   .before = TRACE_WORLD_PAYLOAD,
				   .after = TRACE_WORLD_PAYLOAD,
				   .pc = 0x80200000 };
	struct trace_exit csr = { .duration = 60, .cause = 2, .pc = 0x80100004 };
	uint64_t words[TRACE_RECORD_SLOTS];
	size_t count;

	trace_sync_pack(sync, words);
	count = trace_slots_make(to, time, TRACE_SYNC, TRACE_SYNC_EXT, words);
	trace_exit_pack(call, words);
	count += trace_slots_make(to + count, time + 100, TRACE_EXIT, 1, words);
	to[count++] = trace_slot_make(time + 200, TRACE_WFI_ENTER, 0, 0x80100000);
	to[count++] = trace_slot_make(time + 300, TRACE_WFI_LEAVE, 0, 90);
	trace_exit_pack(csr, words);
	(void)trace_slots_make(to + count, time + 400, TRACE_EXIT, TRACE_EXIT_EXT, words);
	return count + TRACE_EXIT_EXT;
}

static enum error write_chunks(struct dump_writer *writer)
{
	struct dump_machine machine = {
		.timebase_hz = 10000000, .harts = SAMPLE_HARTS, .slots = 64, .build_id = "build"
	};
	struct dump_statistics statistics[SAMPLE_HARTS] = {
		{ .hart = 0, .emitted = 11, .read = 11 },
		{ .hart = 1, .emitted = 37, .read = 10, .lost = 27 },
	};
	const struct trace_slot rest = trace_slot_make(1400, TRACE_EXT, 1, 0x30001073);
	struct trace_slot slots[16];
	size_t count = make_slots(slots, 1000);

	RETURN_IF_ERROR(dump_write_machine(writer, &machine, (const uint64_t[]){ 0, 4 }, "{\"name\": \"sample\"}"));
	RETURN_IF_ERROR(dump_write_schema(writer));
	RETURN_IF_ERROR(dump_write_ring(writer, 0, 0, 0, slots, count));
	RETURN_IF_ERROR(dump_write_ring(writer, 0, count, 0, &rest, 1));
	(void)make_slots(slots, 2000);
	RETURN_IF_ERROR(dump_write_ring(writer, 1, 20, 20, slots, 4));
	RETURN_IF_ERROR(dump_write_ring(writer, 1, 31, 7, slots + 4, 6));
	RETURN_IF_ERROR(dump_write_chunk(writer, UNKNOWN, 9, "of a later version", 18, NULL, 0));
	RETURN_IF_ERROR(dump_write_statistics(writer, &statistics[0]));
	return dump_write_statistics(writer, &statistics[1]);
}

static enum error write_sample(const char *path)
{
	struct dump_writer *writer;

	RETURN_IF_ERROR(dump_writer_open(&writer, path));
	IGNORE_ERROR(write_chunks(writer)); /* the writer returns this error later */
	return dump_writer_close(writer);
}

/** Stores where each chunk of the sample lies, so that a test can damage the chunk of its choice. */
static void find_chunks(struct sample *sample)
{
	size_t at = sizeof(struct dump_header), number = 0;

	while (at < sample->size && number < SAMPLE_CHUNKS) {
		struct dump_chunk chunk;

		memcpy(&chunk, sample->bytes + at, sizeof(chunk));
		sample->chunk[number].begin = at;
		at += sizeof(chunk) + (chunk.length + 15u) / 16 * 16;
		sample->chunk[number++].end = at;
	}
	if (at != sample->size || number != SAMPLE_CHUNKS)
		errx(1, "the sample has %zu chunks, and the last one ends at byte %zu", number, at);
}

void sample_make(struct sample *sample)
{
	char path[PATH_BYTES];
	int file = sample_file("", 0, path);

	if (write_sample(path) != ERROR_NONE)
		errx(1, "%s", error_message());
	sample->size = (size_t)lseek(file, 0, SEEK_END);
	sample->bytes = malloc(sample->size);
	if (!sample->bytes || pread(file, sample->bytes, sample->size, 0) != (ssize_t)sample->size)
		err(1, "the sample cannot be read");
	(void)close(file);
	find_chunks(sample);
}

void sample_release(struct sample *sample)
{
	free(sample->bytes);
}
