/* Tests that the check sum is right, and that the reader returns the chunks that the writer wrote. */
#include "trace/dump/reader.h"
#include "trace/dump/record.h"
#include "trace/dump/schema.h"
#include "trace/dump/writer.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/dump/crc32c.h"
#include "trace/error/testing.h"

Test(crc32c, the_check_sum_of_a_known_text_is_right)
{
	cr_expect_eq(crc32c(0, "123456789", 9), 0xe3069283);
	cr_expect_eq(crc32c_by_table(0, "123456789", 9), 0xe3069283);
	cr_expect_eq(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}

static uint32_t early_sum;

static void __attribute__((constructor(CRC32C_CONSTRUCTOR + 1))) sum_early(void)
{
	early_sum = crc32c_by_table(0, "123456789", 9);
}

Test(crc32c, constructors_can_use_the_tables)
{
	cr_expect_eq(early_sum, 0xe3069283);
}

Test(crc32c, the_crc32_instruction_and_the_tables_agree_for_all_lengths)
{
	char data[200];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * i + 3);
	for (size_t bytes = 0; bytes <= sizeof(data); bytes++)
		cr_assert_eq(crc32c(7, data, bytes), crc32c_by_table(7, data, bytes), "%zu bytes", bytes);
}

/** Checks that the RING chunk contains exactly the records that the test below writes. */
static void expect_records(const struct dump_ring *ring)
{
	struct record_stream stream;
	struct trace_record record;

	record_stream_init(&stream, 1, NULL);
	record_stream_chunk(&stream, ring, (const struct trace_slot *)(ring + 1));
	cr_assert(record_stream_next(&stream, &record));
	cr_assert(record.inferred && record.id == TRACE_LOST && record.word[0] == 7);
	cr_assert(record_stream_next(&stream, &record));
	cr_assert(record.id == TRACE_EXIT && record.word[1] == 0x80000000 && record.sequence == 7);
	cr_assert(record_stream_next(&stream, &record));
	cr_assert(record.id == TRACE_WFI_ENTER && record.time == 200 && record.sequence == 9);
	cr_assert_not(record_stream_next(&stream, &record));
}

Test(dump, the_reader_returns_what_the_writer_wrote)
{
	char path[] = "/tmp/hartscope-dump-XXXXXX";
	uint64_t ids[2] = { 3, 5 };
	struct dump_machine machine = { .timebase_hz = 10000000, .harts = 2, .slots = 8 };
	struct trace_slot slots[3] = { trace_slot_make(100, TRACE_EXIT, 1, 42),
				       trace_slot_make(100, TRACE_EXT, 0, 0x80000000),
				       trace_slot_make(200, TRACE_WFI_ENTER, 0, 0) };
	struct dump_statistics statistics = { .hart = 1, .emitted = 10, .read = 3, .lost = 7 };

	cr_assert_geq(mkstemp(path), 0);

	struct dump_writer *writer;

	must_work(dump_writer_open(&writer, path));
	must_work(dump_write_machine(writer, &machine, ids, "{\"a\": 1}"));
	must_work(dump_write_schema(writer));
	must_work(dump_write_ring(writer, 1, 7, 7, slots, 3));
	must_work(dump_write_statistics(writer, &statistics));
	must_work(dump_writer_close(writer));

	struct dump_reader *reader;
	struct dump_view view;

	must_work(dump_open(&reader, path, false));
	(void)unlink(path);
	must_work(dump_next(reader, &view));
	cr_assert_eq(view.chunk.type, DUMP_MACHINE);
	machine.config_bytes = 8;
	cr_assert_eq(memcmp(view.payload, &machine, sizeof(machine)), 0);
	must_work(dump_next(reader, &view));

	struct dump_schema *schema = malloc(sizeof(*schema));

	must_work(schema_parse(schema, view.payload, view.chunk.length));
	cr_assert_str_eq(schema->event[TRACE_EXIT].name, "exit");
	cr_assert_str_eq(schema->event[TRACE_EXIT].field[1].name, "cause");
	free(schema);
	must_work(dump_next(reader, &view));

	const struct dump_ring *ring = view.payload;

	cr_assert_eq(ring->hart, 1);
	cr_assert_eq(ring->first, 7);
	cr_assert_eq(ring->lost, 7);
	cr_assert_eq(memcmp(ring + 1, slots, sizeof(slots)), 0);

	expect_records(ring);
	must_work(dump_next(reader, &view));
	cr_assert_eq(memcmp(view.payload, &statistics, sizeof(statistics)), 0);
	must_work(dump_next(reader, &view));
	cr_assert_eq(view.chunk.type, DUMP_END);
	must_work(dump_next(reader, &view));
	cr_assert_null(view.payload);
	dump_close(reader);
}

Test(dump, a_dropped_dump_does_not_replace_the_message_of_the_caller)
{
	static const char *const paths[] = { "/dev/full", "/dev/null" };
	struct dump_writer *writer;

	for (size_t i = 0; i < 2; i++) {
		must_work(dump_writer_open(&writer, paths[i]));
		cr_expect_eq(error_set(ERROR_DATA, "the input is damaged"), ERROR_DATA);
		dump_writer_drop(writer);
		cr_expect_str_eq(error_message(), "the input is damaged", "%s", paths[i]);
	}
	dump_writer_drop(NULL);
}
