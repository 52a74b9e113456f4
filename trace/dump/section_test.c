/* Tests that the reader refuses chunks that contradict each other, even if their check sums are right, and that the
 * message names the section. */
#include "trace/dump/reader.h"
#include "trace/dump/sample.h"
#include "trace/dump/writer.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace/error/testing.h"

#define HARTS 2

/** A dump that a test makes in an unnamed file. */
struct made {
	char path[64];
	int file;
	struct dump_writer *writer;
};

static const struct dump_machine machine = { .harts = HARTS, .timebase_hz = 1000 };
static const uint64_t ids[HARTS] = { 0, 1 };
static const struct trace_slot slots[8];

static void begin_empty(struct made *made)
{
	made->file = sample_file("", 0, made->path);
	must_work(dump_writer_open(&made->writer, made->path));
}

static void begin(struct made *made)
{
	begin_empty(made);
	must_work(dump_write_machine(made->writer, &machine, ids, NULL));
	must_work(dump_write_schema(made->writer));
}

/** Completes the dump and reads it. The error message must contain @p expected; null means that there must be no
 * error. */
static void expect(struct made *made, const char *expected)
{
	struct dump_reader *reader;
	struct dump_view view;
	enum error error;

	must_work(dump_writer_close(made->writer));
	must_work(dump_open(&reader, made->path, false));
	while ((error = dump_next(reader, &view)) == ERROR_NONE && view.payload)
		;
	cr_expect_eq(error, expected ? ERROR_DATA : ERROR_NONE, "%s", error_message());
	if (expected)
		cr_expect(strstr(error_message(), expected), "\"%s\", not \"%s\"", error_message(), expected);
	dump_close(reader);
	(void)close(made->file);
}

static void put(struct made *made, uint32_t type, uint16_t version, const void *payload, size_t bytes)
{
	must_work(dump_write_chunk(made->writer, type, version, payload, bytes, NULL, 0));
}

Test(section, the_slots_of_a_hart_must_follow_each_other)
{
	struct made made;

	begin(&made);
	IGNORE_ERROR(dump_write_ring(made.writer, 1, 0, 0, slots, 4));
	IGNORE_ERROR(dump_write_ring(made.writer, 1, 10, 6, slots, 4));
	expect(&made, NULL);
	begin(&made);
	IGNORE_ERROR(dump_write_ring(made.writer, 1, 0, 0, slots, 4));
	IGNORE_ERROR(dump_write_ring(made.writer, 1, 10, 5, slots, 4));
	expect(&made, "ring: hart 1: the slots continue at 5, but the hart's previous chunk ended at 4");
	begin(&made);
	IGNORE_ERROR(dump_write_ring(made.writer, 1, 0, 0, slots, 4));
	IGNORE_ERROR(dump_write_ring(made.writer, 1, 2, 0, slots, 4));
	expect(&made, "ring: hart 1: the slots continue at 2");
	begin(&made);
	IGNORE_ERROR(dump_write_ring(made.writer, 1, 3, 4, slots, 4));
	expect(&made, "impossible sequence numbers");
	begin(&made);
	IGNORE_ERROR(dump_write_ring(made.writer, 1, UINT64_MAX - 2, 0, slots, 4));
	expect(&made, "impossible sequence numbers");
}

Test(section, the_hart_of_a_chunk_must_exist_in_the_machine)
{
	struct dump_statistics statistics = { .hart = 2 };
	struct made made;

	begin(&made);
	IGNORE_ERROR(dump_write_ring(made.writer, 2, 0, 0, slots, 4));
	expect(&made, "ring: there is no hart index 2: the machine has 2 harts");
	begin(&made);
	IGNORE_ERROR(dump_write_statistics(made.writer, &statistics));
	expect(&made, "statistics: there is no hart index 2");
}

Test(section, the_length_of_a_chunk_must_fit_its_contents)
{
	struct {
		struct dump_ring ring;
		struct trace_slot slot[2];
	} ring = { .ring = { .count = 3 } };
	struct dump_machine many = { .harts = 0x20000000 }, none = { .harts = 0 };
	struct made made;

	begin(&made);
	put(&made, DUMP_RING, 1, &ring, sizeof(ring));
	expect(&made, "ring: the chunk has 64 bytes, but its contents need 80");
	begin(&made);
	put(&made, DUMP_RING, 1, &ring, 8);
	expect(&made, "ring: the chunk has 8 bytes, but needs at least 32");
	begin(&made);
	put(&made, DUMP_STATISTICS, 1, &ring, 8);
	expect(&made, "statistics: the chunk has 8 bytes");
	begin_empty(&made);
	put(&made, DUMP_MACHINE, 1, &many, sizeof(many));
	expect(&made, "machine: the chunk has 56 bytes, but its contents need 4294967352");
	begin_empty(&made);
	put(&made, DUMP_MACHINE, 1, &none, sizeof(none));
	expect(&made, "machine: the machine has no harts");
}

Test(section, a_machine_has_at_most_4096_harts)
{
	static const uint64_t many_ids[DUMP_HARTS + 1];
	struct dump_machine many = { .harts = DUMP_HARTS };
	struct made made;

	begin_empty(&made);
	IGNORE_ERROR(dump_write_machine(made.writer, &many, many_ids, NULL));
	IGNORE_ERROR(dump_write_schema(made.writer));
	expect(&made, NULL);
	many.harts = DUMP_HARTS + 1;
	begin_empty(&made);
	IGNORE_ERROR(dump_write_machine(made.writer, &many, many_ids, NULL));
	expect(&made, "machine: the machine has 4097 harts; this tool reads at most 4096");
}

Test(section, chunks_must_be_in_order_and_must_not_repeat)
{
	struct dump_statistics statistics = { .hart = 1 };
	struct dump_end end = { .slots = 0, .chunks = 2 };
	struct made made;

	begin_empty(&made);
	expect(&made, "end: the first chunk must be the machine");
	begin_empty(&made);
	IGNORE_ERROR(dump_write_machine(made.writer, &machine, ids, NULL));
	IGNORE_ERROR(dump_write_ring(made.writer, 1, 0, 0, slots, 4));
	expect(&made, "ring: the second chunk must be the schema");
	begin(&made);
	IGNORE_ERROR(dump_write_machine(made.writer, &machine, ids, NULL));
	expect(&made, "machine: the dump already has a machine");
	begin(&made);
	IGNORE_ERROR(dump_write_schema(made.writer));
	expect(&made, "schema: the dump already has a schema");
	begin(&made);
	IGNORE_ERROR(dump_write_statistics(made.writer, &statistics));
	IGNORE_ERROR(dump_write_statistics(made.writer, &statistics));
	expect(&made, "statistics: the dump already has statistics of hart 1");
	begin(&made);
	put(&made, DUMP_END, 1, &end, sizeof(end));
	expect(&made, "end: a chunk follows the end chunk");
}

Test(section, the_totals_of_the_end_chunk_must_be_right)
{
	struct dump_end end = { .slots = 5, .chunks = 2 };
	struct made made;

	begin(&made);
	put(&made, DUMP_END, 1, &end, sizeof(end));
	expect(&made, "end: the recorder wrote 5 slots in 2 chunks, but the file has 0 slots in 2 chunks");
}

Test(section, a_later_version_of_a_section_is_refused_but_an_unknown_section_is_not)
{
	struct made made;

	begin(&made);
	put(&made, DUMP_RING, 2, "", 0);
	expect(&made, "ring: the section has version 2; this tool reads version 1");
	begin(&made);
	put(&made, DUMP_TYPE('N', 'E', 'W', '!'), 7, "something", 9);
	expect(&made, NULL);
}

Test(section, the_writer_refuses_a_chunk_that_is_too_long)
{
	static uint8_t large[DUMP_CHUNK_BYTES + 1];
	struct made made;

	begin(&made);
	cr_expect_eq(dump_write_chunk(made.writer, DUMP_RING, 1, large, sizeof(large), NULL, 0), ERROR_DATA);
	cr_expect(strstr(error_message(), "too long"));
	cr_expect_eq(dump_writer_close(made.writer), ERROR_DATA);
	cr_expect(strstr(error_message(), "too long"));
	(void)close(made.file);
}

Test(writer, closing_reports_that_the_disk_is_full)
{
	struct dump_writer *writer;

	must_work(dump_writer_open(&writer, "/dev/full"));
	IGNORE_ERROR(dump_write_machine(writer, &machine, ids, NULL));
	cr_expect_eq(dump_writer_close(writer), ERROR_SYSTEM);
	cr_expect_str_eq(error_message(), "/dev/full: cannot write: No space left on device");
}
