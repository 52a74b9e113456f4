/* A dump cut at each byte, with each byte changed, with bytes put in or taken out: what is read is right or refused. */
#include "trace/dump/reader.h"
#include "trace/dump/sample.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What reading a file gave. */
struct outcome {
	enum error error; /* the last */
	unsigned chunks;  /* that were read; each is one of the sample's, and they are in its order */
	char message[512];
	struct dump_salvaged salvaged;
};

/** The number of the sample's chunk that @p view is, from @p from on; SAMPLE_CHUNKS: none. */
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

/** Reads @p bytes to their end. What is read must be the sample's own chunks, in its order. */
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
			cr_assert_fail("a chunk that was not written is read at 0x%lx", view.offset);
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

/** The message must name where in the file, and what part of the dump. */
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

Test(robust, the_sample_itself_is_good)
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

Test(robust, a_dump_cut_at_any_byte_is_read_up_to_the_cut_and_then_refused)
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
		/* Padding that is missing costs nothing. */
		cr_assert(outcome.chunks == whole || outcome.chunks == whole + 1, "%s", what);
		cr_assert(outcome.salvaged.cut || outcome.chunks == SAMPLE_CHUNKS, "%s", what);
	}
	sample_release(&sample);
}

/** The sample with one byte changed must be refused there, and all but the chunk around it salvaged. */
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

Test(robust, a_change_of_any_byte_is_noticed_where_it_is_and_costs_its_chunk_and_no_more)
{
	static const uint8_t masks[] = { 0x01, 0x20, 0x80, 0xff };
	struct sample sample;

	sample_make(&sample);
	for (size_t at = 0; at < sample.size; at++)
		for (unsigned mask = 0; mask < sizeof(masks); mask++)
			change(&sample, at, masks[mask]);
	sample_release(&sample);
}

/** Reads the sample with @p removed bytes at @p at replaced by @p length others. */
static void replace(const struct sample *sample, size_t at, size_t removed, const char *text, size_t length)
{
	size_t size = sample->size - removed + length, begin;
	unsigned whole = chunks_until(sample, at);
	struct outcome outcome;
	uint8_t *changed = malloc(size);
	char what[60];

	begin = at < sizeof(struct dump_header) ? 0 : whole < SAMPLE_CHUNKS ? sample->chunk[whole].begin : sample->size;
	(void)snprintf(what, sizeof(what), "%zu bytes for %zu at 0x%zx", length, removed, at);
	memcpy(changed, sample->bytes, at);
	memcpy(changed + at, text, length);
	memcpy(changed + at + length, sample->bytes + at + removed, sample->size - at - removed);
	read_all(sample, changed, size, false, &outcome);
	if (size != sample->size || memcmp(changed, sample->bytes, size) != 0) {
		cr_assert_eq(outcome.error, ERROR_DATA, "%s", what);
		expect_place(&outcome, begin, at + length, what);
		read_all(sample, changed, size, true, &outcome);
		/* A chunk of an unknown type is not looked for where no chunk of a dump begins. */
		cr_assert_geq(outcome.chunks, SAMPLE_CHUNKS - (whole + 1 == SAMPLE_UNKNOWN ? 2 : 1), "%s", what);
	}
	free(changed);
}

Test(robust, after_bytes_that_were_put_in_or_taken_out_the_next_chunk_is_found)
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

Test(robust, a_transfer_as_text_is_told_from_other_damage)
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
	cr_expect(strstr(outcome.message, "offset 0x0: header: a transfer as text"), "%s", outcome.message);
	free(changed);
	sample_release(&sample);
}
