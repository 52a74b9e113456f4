/* Tests that slots become records: across chunks, beside gaps, and with 64 bits of time. */
#include "trace/dump/record.h"

#include <criterion/criterion.h>
#include <string.h>

#define MOST 400
#define WRAP (1ull << TRACE_TIMESTAMP_BITS)

static unsigned feed(struct record_stream *stream, uint64_t first, uint64_t lost, const struct trace_slot *slots,
		     uint32_t count, struct trace_record *records)
{
	struct dump_ring ring = { .count = count, .first = first, .lost = lost };
	unsigned number = 0;

	record_stream_chunk(stream, &ring, slots);
	while (record_stream_next(stream, &records[number]))
		number++;
	return number;
}

Test(record, a_record_may_continue_in_the_next_chunk)
{
	const struct trace_slot slots[] = { trace_slot_make(10, TRACE_ECALL, 3, 1),
					    trace_slot_make(10, TRACE_EXT, 0, 2), trace_slot_make(10, TRACE_EXT, 1, 3),
					    trace_slot_make(10, TRACE_EXT, 2, 4) };
	struct trace_record records[4];

	for (uint32_t border = 0; border <= 4; border++) {
		struct record_stream stream;
		unsigned before, after;

		record_stream_init(&stream, 5, NULL);
		before = feed(&stream, 0, 0, slots, border, records);
		after = feed(&stream, border, 0, slots + border, 4 - border, records + before);
		cr_assert_eq(before + after, 1);
		cr_expect_eq(memcmp(records[0].word, (uint64_t[]){ 1, 2, 3, 4 }, sizeof(records[0].word)), 0);
		cr_expect(records[0].hart == 5 && records[0].sequence == 0 && records[0].time == 10);
		cr_expect_not(record_stream_end(&stream, records));
		cr_expect_eq(record_stream_malformed(&stream), 0);
	}
}

Test(record, a_record_that_is_cut_by_a_gap_counts_as_lost)
{
	const struct trace_slot slots[] = {
		trace_slot_make(10, TRACE_MARK, 0, 1), trace_slot_make(20, TRACE_ECALL, 3, 1),
		trace_slot_make(20, TRACE_EXT, 0, 2),  trace_slot_make(30, TRACE_EXT, 1, 3),
		trace_slot_make(30, TRACE_EXT, 2, 4),  trace_slot_make(40, TRACE_MARK, 0, 5)
	};
	struct record_stream stream;
	struct trace_record records[4];

	record_stream_init(&stream, 0, NULL);
	cr_assert_eq(feed(&stream, 0, 0, slots, 3, records), 1);
	cr_assert_eq(feed(&stream, 10, 7, slots + 3, 3, records), 2);
	cr_expect(records[0].inferred && records[0].id == TRACE_LOST);
	cr_expect_eq(records[0].word[0], 7 + 2 + 2);
	cr_expect(records[0].word[1] == 10 && records[0].word[2] == 40 && records[0].sequence == 1);
	cr_expect_eq(records[1].word[0], 5);
	cr_expect_eq(record_stream_malformed(&stream), 0, "slots beside a gap are not malformed");
	cr_expect_eq(record_stream_lost(&stream), 11);
}

Test(record, a_record_with_wrong_ext_slots_is_lost)
{
	const struct trace_slot wrong[][2] = {
		{ trace_slot_make(10, TRACE_EXIT, 1, 0), trace_slot_make(11, TRACE_EXT, 0, 0) }, /* another time */
		{ trace_slot_make(10, TRACE_EXIT, 1, 0), trace_slot_make(10, TRACE_EXT, 1, 0) }, /* wrong index */
		{ trace_slot_make(10, TRACE_EXIT, 1, 0),
		  trace_slot_make(10, TRACE_MARK, 4, 0) }, /* a header instead of an EXT slot */
	};

	for (unsigned i = 0; i < 3; i++) {
		struct record_stream stream;
		struct trace_record record;

		record_stream_init(&stream, 0, NULL);
		cr_expect_eq(feed(&stream, 0, 0, wrong[i], 2, &record), 0);
		cr_expect(record_stream_end(&stream, &record));
		cr_expect(record.inferred && record.word[0] == 2);
		cr_expect_eq(record_stream_malformed(&stream), 2);
	}
}

Test(record, a_header_with_more_ext_slots_than_a_record_can_have_is_lost)
{
	struct trace_slot slots[1 + TRACE_RECORD_SLOTS];
	struct record_stream stream;
	struct trace_record record;

	(void)trace_slots_make(slots, 10, TRACE_MARK, TRACE_RECORD_SLOTS, (uint64_t[1 + TRACE_RECORD_SLOTS]){ 0 });
	record_stream_init(&stream, 0, NULL);
	cr_expect_eq(feed(&stream, 0, 0, slots, 1 + TRACE_RECORD_SLOTS, &record), 0);
	cr_expect(record_stream_end(&stream, &record));
	cr_expect(record.inferred && record.word[0] == 1 + TRACE_RECORD_SLOTS);
}

static unsigned put_sync(struct trace_slot *to, uint64_t mcycle)
{
	uint64_t words[1 + TRACE_SYNC_EXT];

	trace_sync_pack((struct trace_sync){ .mcycle = mcycle, .mtime = 1, .mcycle_again = mcycle }, words);
	return trace_slots_make(to, mcycle, TRACE_SYNC, TRACE_SYNC_EXT, words);
}

Test(record, the_upper_bits_of_a_time_come_from_a_sync_record)
{
	struct trace_slot slots[16];
	struct trace_record records[16];
	struct record_stream stream;
	uint64_t sync = 5 * WRAP + 10;
	unsigned count = 0;

	slots[count++] = trace_slot_make(sync - 20, TRACE_MARK, 0, 0); /* before the time wraps, and before any SYNC */
	count += put_sync(slots + count, sync);
	slots[count++] = trace_slot_make(sync + 1, TRACE_MARK, 0, 0);
	slots[count++] = trace_slot_make(6 * WRAP - 1, TRACE_MARK, 0,
					 0); /* this is more than half a wrap later, so it is read as an earlier time */
	record_stream_init(&stream, 0, NULL);
	cr_assert_eq(feed(&stream, 0, 0, slots, count, records), 4);
	cr_expect_eq(records[0].time, sync - 20);
	cr_expect_eq(records[1].time, sync);
	cr_expect_eq(records[2].time, sync + 1);
	cr_expect_eq(records[3].time, 5 * WRAP - 1);
	count = put_sync(slots, 6 * WRAP + 5);
	slots[count++] = trace_slot_make(6 * WRAP + 6, TRACE_MARK, 0, 0);
	cr_assert_eq(feed(&stream, 7, 0, slots, count, records), 2);
	cr_expect_eq(records[1].time, 6 * WRAP + 6, "the next SYNC record corrects it");
}

Test(record, a_timestamp_may_wrap_between_two_sync_records)
{
	struct trace_slot slots[8];
	struct trace_record records[8];
	struct record_stream stream;
	unsigned count = put_sync(slots, 3 * WRAP - 10);

	slots[count++] = trace_slot_make(3 * WRAP - 1, TRACE_MARK, 0, 0);
	slots[count++] = trace_slot_make(3 * WRAP + 1, TRACE_MARK, 0, 0);
	record_stream_init(&stream, 0, NULL);
	cr_assert_eq(feed(&stream, 0, 0, slots, count, records), 3);
	cr_expect_eq(records[1].time, 3 * WRAP - 1);
	cr_expect_eq(records[2].time, 3 * WRAP + 1);
}

Test(record, every_slot_belongs_to_a_record_or_counts_as_lost)
{
	static struct trace_slot slots[MOST];
	static struct trace_record records[2 * MOST];
	uint64_t state = 1;

	for (unsigned turn = 0; turn < 3000; turn++) {
		struct record_stream stream;
		uint64_t next = 0, there = 0, in_records = 0, inferred = 0;
		struct trace_record last;

		record_stream_init(&stream, 0, NULL);
		for (unsigned chunk = 0; chunk < 4; chunk++) {
			uint32_t count = (uint32_t)((state = state * 6364136223846793005u + 1) >> 33) % MOST;
			uint64_t lost = (state >> 40) % 3 ? 0 : (state >> 42) % 50;

			for (uint32_t i = 0; i < count; i++) {
				state = state * 6364136223846793005u + 1442695040888963407u;
				slots[i] = trace_slot_make(state >> 62, (uint8_t)(state >> 60 & 1),
							   (uint8_t)(state >> 57 & 3), 1);
			}
			unsigned number = feed(&stream, next + lost, lost, slots, count, records);

			next += lost + count;
			there += count + lost;
			for (unsigned i = 0; i < number; i++)
				*(records[i].inferred ? &inferred : &in_records) +=
					records[i].inferred ? records[i].word[0] : 1u + records[i].ext;
		}
		if (record_stream_end(&stream, &last))
			inferred += last.word[0];
		cr_assert_eq(in_records + inferred, there, "turn %u", turn);
		cr_assert_eq(record_stream_lost(&stream), inferred);
	}
}
