/* Tests with damaged dumps. They are cut at each byte, each byte is changed, and bytes are added or removed at each
 * place. Every chunk that the reader returns must be one of the chunks that were written. */
#include "trace/dump/reader.h"
#include "trace/dump/sample.h"
#include "trace/dump/section.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** The result of reading a file. */
struct outcome {
	enum error error; /* the error that the last call returned */
	unsigned chunks;  /* number of chunks that were read */
	char message[512];
	struct dump_salvaged salvaged;
};

/** Finds the first chunk of the sample that equals @p view. The search begins at chunk @p from. @return the number of
 * the chunk; SAMPLE_CHUNKS if no chunk equals @p view */
static unsigned find(const struct sample *sample, const struct dump_view *view, unsigned from)
{
	for (unsigned number = from; number < SAMPLE_CHUNKS; number++) {
		const uint8_t *there = sample->bytes + sample->chunk[number].begin;

		if (memcmp(there, &view->chunk, sizeof(view->chunk)) == 0 &&
		    memcmp(there + sizeof(view->chunk), view->payload, view->chunk.length) == 0)
			return number;
	}
	return SAMPLE_CHUNKS;
}

/** Reads a dump of @p size bytes. Every chunk that is read must be a chunk of the sample, and the chunks must come in
 * the same order as in the sample. */
static void read_all(const struct sample *sample, const void *bytes, size_t size, bool salvage, struct outcome *outcome)
{
	char path[64];
	int file = sample_file(bytes, size, path);
	struct dump_reader *reader;
	struct dump_view view;
	unsigned next = 0;

	outcome->chunks = 0;
	outcome->salvaged = (struct dump_salvaged){ 0 };
	outcome->error = dump_open(&reader, path, salvage);
	while (reader && (outcome->error = dump_next(reader, &view)) == ERROR_NONE && view.payload) {
		unsigned number = find(sample, &view, next);

		if (number == SAMPLE_CHUNKS)
			cr_assert_fail("the reader returned a chunk at 0x%lx that nobody wrote", view.offset);
		next = number + 1;
		outcome->chunks++;
	}
	(void)snprintf(outcome->message, sizeof(outcome->message), "%s", error_message());
	if (reader) {
		outcome->salvaged = *dump_salvaged(reader);
		dump_close(reader);
	}
	(void)close(file);
}

static unsigned chunks_until(const struct sample *sample, size_t offset)
{
	unsigned chunks = 0;

	while (chunks < SAMPLE_CHUNKS && sample->chunk[chunks].end <= offset)
		chunks++;
	return chunks;
}

/** Checks that the message names a section, and an offset in the file from @p lowest to @p highest. */
static void expect_place(const struct outcome *outcome, size_t lowest, size_t highest, const char *what)
{
	const char *offset = strstr(outcome->message, ": offset 0x");
	char *end = NULL;

	if (!offset)
		cr_assert_fail("%s: no offset in \"%s\"", what, outcome->message);

	size_t at = strtoull(offset + 9, &end, 16);

	if (at < lowest || at > highest || end[0] != ':' || end[1] != ' ' || !strstr(end + 2, ": "))
		cr_assert_fail("%s: \"%s\" does not name a place from 0x%zx to 0x%zx", what, outcome->message, lowest,
			       highest);
}

Test(robust, the_undamaged_sample_is_read_completely)
{
	struct sample sample;
	struct outcome outcome;

	sample_make(&sample);
	for (int salvage = 0; salvage < 2; salvage++) {
		read_all(&sample, sample.bytes, sample.size, salvage, &outcome);
		cr_expect_eq(outcome.error, ERROR_NONE, "%s", outcome.message);
		cr_expect_eq(outcome.chunks, SAMPLE_CHUNKS);
		cr_expect_eq(outcome.salvaged.bytes, 0);
		cr_expect_not(outcome.salvaged.cut);
		cr_expect_str_empty(outcome.salvaged.reason);
	}
	sample_release(&sample);
}

Test(robust, a_cut_dump_is_read_up_to_the_cut_and_then_refused)
{
	struct sample sample;
	struct outcome outcome;

	sample_make(&sample);
	for (size_t size = 0; size < sample.size; size++) {
		char what[40];
		unsigned whole = chunks_until(&sample, size);

		(void)snprintf(what, sizeof(what), "cut to %zu bytes", size);
		read_all(&sample, sample.bytes, size, false, &outcome);
		cr_assert_eq(outcome.error, ERROR_DATA, "%s", what);
		cr_assert_eq(outcome.chunks, whole, "%s", what);
		expect_place(&outcome, whole ? sample.chunk[whole - 1].end : 0, size, what);
		cr_assert(strstr(outcome.message, "cut") || size == 0, "%s: %s", what, outcome.message);
		read_all(&sample, sample.bytes, size, true, &outcome);
		if (size < sizeof(struct dump_header))
			continue;
		cr_assert_eq(outcome.error, ERROR_NONE, "%s", what);
		/* If only the padding of a chunk is missing, the chunk is salvaged. */
		cr_assert(outcome.chunks == whole || outcome.chunks == whole + 1, "%s", what);
		cr_assert(outcome.salvaged.cut || outcome.chunks == SAMPLE_CHUNKS, "%s", what);
	}
	sample_release(&sample);
}

/** Changes one byte of the sample. Reading must stop at the chunk that contains this byte, and salvaging must lose only
 * that chunk. */
static void change(struct sample *sample, size_t at, uint8_t mask)
{
	struct outcome outcome;
	unsigned whole = chunks_until(sample, at);
	size_t begin = at < sizeof(struct dump_header) ? 0 : sample->chunk[whole].begin;
	uint8_t *changed = malloc(sample->size);
	char what[60];

	memcpy(changed, sample->bytes, sample->size);
	changed[at] ^= mask;
	(void)snprintf(what, sizeof(what), "byte 0x%zx changed by 0x%02x", at, mask);
	read_all(sample, changed, sample->size, false, &outcome);
	cr_assert_eq(outcome.error, ERROR_DATA, "%s", what);
	cr_assert_eq(outcome.chunks, whole, "%s: %s", what, outcome.message);
	expect_place(&outcome, begin, begin, what);
	read_all(sample, changed, sample->size, true, &outcome);
	cr_assert_eq(outcome.error, ERROR_NONE, "%s", what);
	if (at < sizeof(struct dump_header))
		cr_assert_eq(outcome.chunks, SAMPLE_CHUNKS, "%s", what);
	else
		cr_assert_geq(outcome.chunks, SAMPLE_CHUNKS - 1, "%s", what);
	if (outcome.chunks < SAMPLE_CHUNKS)
		cr_assert_eq(outcome.salvaged.bytes, sample->chunk[whole].end - begin, "%s: %lu bytes left out", what,
			     outcome.salvaged.bytes);
	free(changed);
}

Test(robust, a_changed_byte_is_detected_and_damages_only_its_chunk)
{
	static const uint8_t masks[] = { 0x01, 0x20, 0x80, 0xff };
	struct sample sample;

	sample_make(&sample);
	for (size_t at = 0; at < sample.size; at++)
		for (unsigned mask = 0; mask < sizeof(masks); mask++)
			change(&sample, at, masks[mask]);
	sample_release(&sample);
}

/** Replaces the @p removed bytes of the sample at offset @p at by the @p length bytes of @p text. Reading must stop
 * there, and salvaging must find the chunks after the replaced bytes. */
static void replace(const struct sample *sample, size_t at, size_t removed, const char *text, size_t length)
{
	size_t size = sample->size - removed + length, begin;
	unsigned whole = chunks_until(sample, at);
	struct outcome outcome;
	uint8_t *changed = malloc(size);
	char what[60];

	begin = at < sizeof(struct dump_header) ? 0 : whole < SAMPLE_CHUNKS ? sample->chunk[whole].begin : sample->size;
	(void)snprintf(what, sizeof(what), "%zu bytes instead of %zu at 0x%zx", length, removed, at);
	memcpy(changed, sample->bytes, at);
	memcpy(changed + at, text, length);
	memcpy(changed + at + length, sample->bytes + at + removed, sample->size - at - removed);
	read_all(sample, changed, size, false, &outcome);
	if (size != sample->size || memcmp(changed, sample->bytes, size) != 0) {
		cr_assert_eq(outcome.error, ERROR_DATA, "%s", what);
		expect_place(&outcome, begin, at + length, what);
		read_all(sample, changed, size, true, &outcome);
		/* A chunk of an unknown type after the change is lost, too, because salvaging finds such a chunk only
		 * at a multiple of 16 bytes. */
		cr_assert_geq(outcome.chunks, SAMPLE_CHUNKS - (whole + 1 == SAMPLE_UNKNOWN ? 2 : 1), "%s", what);
	}
	free(changed);
}

Test(robust, the_next_chunk_is_found_after_added_or_removed_bytes)
{
	struct sample sample;

	sample_make(&sample);
	for (size_t at = 0; at < sample.size; at++) {
		replace(&sample, at, 0, "x", 1);
		replace(&sample, at, 0, "RINGsomething of 32 bytes or so", 31);
		replace(&sample, at, 1, "", 0);
	}
	sample_release(&sample);
}

Test(robust, the_message_names_a_transfer_in_text_mode)
{
	struct sample sample;
	struct outcome outcome;

	sample_make(&sample);

	uint8_t *changed = malloc(sample.size);
	size_t size = 0;

	for (size_t i = 0; i < sample.size; i++)
		if (sample.bytes[i] != '\r')
			changed[size++] = sample.bytes[i];
	read_all(&sample, changed, size, false, &outcome);
	cr_expect(strstr(outcome.message, "offset 0x0: header: a transfer in text mode"), "%s", outcome.message);
	free(changed);
	sample_release(&sample);
}

Test(robust, a_compressed_file_without_any_contents_is_not_called_empty)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *message;
	} cases[] = { { "\x1f\x8b\x08\0\0\0\0\0\0\0\x03", 11, "it is packed by gzip, and was cut" },
		      { "\x1f\x8b\x07\0\0\0\0\0\0\0\x03", 11, "it is packed by gzip, and cannot be unpacked" },
		      { "\x28\xb5\x2f\xfd", 4, "it is packed by zstd, and was cut" },
		      { "", 0, "the file is empty" } };

	for (size_t i = 0; i < 4; i++)
		for (int salvage = 0; salvage < 2; salvage++) {
			char path[64];
			int file = sample_file(cases[i].bytes, cases[i].size, path);
			struct dump_reader *reader;

			cr_expect_eq(dump_open(&reader, path, salvage), ERROR_DATA);
			cr_expect_null(reader);
			cr_expect(strstr(error_message(), cases[i].message), "%s", error_message());
			(void)close(file);
		}
}

/** Salvages a file of @p size bytes, without asking which chunks it has. */
static struct dump_salvaged salvage(const void *bytes, size_t size)
{
	char path[64];
	int file = sample_file(bytes, size, path);
	struct dump_salvaged salvaged;
	struct dump_reader *reader;
	struct dump_view view;

	cr_assert_eq(dump_open(&reader, path, true), ERROR_NONE);
	while (dump_next(reader, &view) == ERROR_NONE && view.payload)
		;
	salvaged = *dump_salvaged(reader);
	dump_close(reader);
	(void)close(file);
	return salvaged;
}

Test(robust, looking_for_chunks_sums_up_each_byte_only_a_few_times)
{
	enum { SIZE = 1 << 20 };
	static const size_t distances[] = { 16, 28, 48, 4096 };
	static const uint32_t types[] = { DUMP_RING, DUMP_SCHEMA, DUMP_TYPE('L', 'A', 'T', 'R') };
	uint8_t *bytes = calloc(1, SIZE);

	for (size_t i = 0; i < 4 * 3; i++) {
		struct dump_chunk chunk = { .type = types[i % 3], .length = DUMP_CHUNK_BYTES, .crc32c = 1 };
		size_t distance = distances[i / 3];

		memset(bytes, 0, SIZE);
		for (size_t at = 0; at + sizeof(chunk) <= SIZE; at += distance)
			memcpy(bytes + at, &chunk, sizeof(chunk));
		cr_expect_lt(salvage(bytes, SIZE).summed, 3 * SIZE, "a header every %zu bytes", distance);
		if (section_known(chunk.type) || distance % 16 == 0)
			cr_expect_gt(salvage(bytes, SIZE).summed, SIZE / 2);
	}
	free(bytes);
}
