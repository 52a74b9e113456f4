/* What the writer writes, the reader gives back. */
#include "trace/dump/reader.h"
#include "trace/dump/record.h"
#include "trace/dump/schema.h"
#include "trace/dump/writer.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/dump/crc32c.h"

Test(crc32c, is_castagnolis)
{
	cr_expect_eq(crc32c(0, "123456789", 9), 0xe3069283);
	cr_expect_eq(crc32c_by_table(0, "123456789", 9), 0xe3069283);
	cr_expect_eq(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}

Test(crc32c, instruction_and_tables_agree_at_all_lengths)
{
	char data[200];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * i + 3);
	for (size_t bytes = 0; bytes <= sizeof(data); bytes++)
		cr_assert_eq(crc32c(7, data, bytes), crc32c_by_table(7, data, bytes), "%zu bytes", bytes);
}

/** The records of the ring chunk that the test below writes. */
static void expect_records(const struct dump_ring *ring)
{
	struct record_stream stream;
	struct trace_record record;

	record_stream_init(&stream, 1);
	record_stream_chunk(&stream, ring, (const struct trace_slot *)(ring + 1));
	cr_assert(record_stream_next(&stream, &record));
	cr_assert(record.inferred && record.id == TRACE_LOST && record.word[0] == 7);
	cr_assert(record_stream_next(&stream, &record));
	cr_assert(record.id == TRACE_EXIT && record.word[1] == 0x80000000 && record.sequence == 7);
	cr_assert(record_stream_next(&stream, &record));
	cr_assert(record.id == TRACE_WFI_ENTER && record.time == 200 && record.sequence == 9);
	cr_assert_not(record_stream_next(&stream, &record));
}

Test(dump, is_read_as_it_was_written)
{
	char path[] = "/tmp/hartscope-dump-XXXXXX", error[256];
	uint64_t ids[2] = { 3, 5 };
	struct dump_machine machine = { .timebase_hz = 10000000, .harts = 2, .slots = 8 };
	struct trace_slot slots[3] = { trace_slot_make(100, TRACE_EXIT, 1, 42),
				       trace_slot_make(100, TRACE_EXT, 0, 0x80000000),
				       trace_slot_make(200, TRACE_WFI_ENTER, 0, 0) };
	struct dump_statistics statistics = { .hart = 1, .emitted = 10, .read = 3, .lost = 7 };

	cr_assert_geq(mkstemp(path), 0);

	struct dump_writer *writer = dump_writer_open(path, error, sizeof(error));

	cr_assert(writer, "%s", error);
	cr_assert(dump_write_machine(writer, &machine, ids, "{\"a\": 1}"));
	cr_assert(dump_write_schema(writer));
	cr_assert(dump_write_ring(writer, 1, 7, 7, slots, 3));
	cr_assert(dump_write_statistics(writer, &statistics));
	cr_assert(dump_writer_close(writer, error, sizeof(error)));

	struct dump_reader *reader = dump_open(path, false, error, sizeof(error));
	struct dump_view view;

	cr_assert(reader, "%s", error);
	(void)unlink(path);
	cr_assert_eq(dump_next(reader, &view), DUMP_OK);
	cr_assert_eq(view.chunk.type, DUMP_MACHINE);
	machine.config_bytes = 8;
	cr_assert_eq(memcmp(view.payload, &machine, sizeof(machine)), 0);
	cr_assert_eq(dump_next(reader, &view), DUMP_OK);

	struct dump_schema *schema = malloc(sizeof(*schema));

	cr_assert(schema_parse(schema, view.payload, view.chunk.length, error, sizeof(error)), "%s", error);
	cr_assert_str_eq(schema->event[TRACE_EXIT].name, "exit");
	cr_assert_str_eq(schema->event[TRACE_EXIT].field[1].name, "cause");
	free(schema);
	cr_assert_eq(dump_next(reader, &view), DUMP_OK);

	const struct dump_ring *ring = view.payload;

	cr_assert_eq(ring->hart, 1);
	cr_assert_eq(ring->first, 7);
	cr_assert_eq(ring->lost, 7);
	cr_assert_eq(memcmp(ring + 1, slots, sizeof(slots)), 0);

	expect_records(ring);
	cr_assert_eq(dump_next(reader, &view), DUMP_OK);
	cr_assert_eq(memcmp(view.payload, &statistics, sizeof(statistics)), 0);
	cr_assert_eq(dump_next(reader, &view), DUMP_OK);
	cr_assert_eq(view.chunk.type, DUMP_END);
	cr_assert_eq(dump_next(reader, &view), DUMP_EOF, "%s", dump_error(reader));
	dump_close(reader);
}
