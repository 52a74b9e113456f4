/* Bytes that are packed and unpacked are the same, with calls of any size, and damage is found. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/error/testing.h"
#include "trace/pack/pack.h"
#include "trace/pack/unpack.h"

#define BYTES 1000000
#define FLUSHES 10

static const enum packing all[] = { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };
static uint8_t bytes[BYTES], got[2 * BYTES];
static off_t flushed[FLUSHES]; /* the length of the file after each flush of pack_and_flush() */

/** A third of the bytes repeat, a third can be compressed a little, and a third cannot be compressed. */
static void make_bytes(void)
{
	uint32_t random = 1;

	for (size_t i = 0; i < BYTES; i++) {
		random = random * 1664525 + 1013904223;
		bytes[i] = i < BYTES / 3 ? (uint8_t)(i / 1000) : (uint8_t)(random >> 24);
		if (i > 2 * BYTES / 3)
			bytes[i] &= 0x0f;
	}
}

static int new_file(void)
{
	FILE *file = tmpfile();

	cr_assert_not_null(file);
	return fileno(file);
}

static off_t size_of(int file)
{
	return lseek(file, 0, SEEK_END);
}

static void append(int file, const void *more, size_t length)
{
	cr_assert_eq(write(file, more, length), (ssize_t)length);
}

/** Packs @p length bytes with calls of about @p step bytes, and appends them to the file. */
static void append_packed(int file, enum packing packing, const void *from, size_t length, size_t step)
{
	struct packer *packer;

	must_work(packer_open(&packer, file, packing));
	for (size_t at = 0; at < length; at += step)
		must_work(packer_write(packer, (const uint8_t *)from + at, length - at < step ? length - at : step));
	must_work(packer_end(packer));
	packer_close(packer);
}

/** @return a file with the packed bytes */
static int pack(enum packing packing, size_t step)
{
	int file = new_file();

	append_packed(file, packing, bytes, BYTES, step);
	return file;
}

/** The same with FLUSHES flushes, the last of them after all bytes. */
static int pack_and_flush(enum packing packing)
{
	int file = new_file();
	struct packer *packer;

	must_work(packer_open(&packer, file, packing));
	for (size_t i = 0; i < FLUSHES; i++) {
		must_work(packer_write(packer, bytes + i * (BYTES / FLUSHES), BYTES / FLUSHES));
		must_work(packer_flush(packer));
		flushed[i] = size_of(file);
	}
	must_work(packer_end(packer));
	packer_close(packer);
	return file;
}

/** @return how many bytes pack_and_flush() had flushed when the file had @p length bytes */
static size_t flushed_before(off_t length)
{
	size_t flushes = 0;

	while (flushes < FLUSHES && flushed[flushes] <= length)
		flushes++;
	return flushes * (BYTES / FLUSHES);
}

/** Unpacks the file with calls of at most @p step bytes. @param total receives how many bytes came */
static enum error unpack(int file, size_t step, size_t *total)
{
	struct unpacker *unpacker;
	enum error error = ERROR_NONE;
	size_t length = 1;

	cr_assert_eq(lseek(file, 0, SEEK_SET), 0);
	must_work(unpacker_open(&unpacker, file));
	for (*total = 0; length > 0 && error == ERROR_NONE; *total += length) {
		size_t at = *total < BYTES + 1000 ? *total : BYTES + 1000; /* a damaged file may have more bytes */

		error = unpacker_read(unpacker, got + at, sizeof(got) - at < step ? sizeof(got) - at : step, &length);
	}
	unpacker_close(unpacker);
	return error;
}

Test(pack, unpacking_gives_the_same_bytes_with_calls_of_any_size, .init = make_bytes)
{
	static const size_t steps[] = { 7, 4096, 131072, 131073, BYTES };
	size_t total;

	for (size_t kind = 0; kind < 3; kind++)
		for (size_t i = 0; i < 5; i++) {
			int file = pack(all[kind], steps[i]);

			for (size_t j = 0; j < 5; j++) {
				must_work(unpack(file, steps[j], &total));
				cr_expect(total == BYTES && memcmp(bytes, got, BYTES) == 0,
					  "packing %zu, steps %zu and %zu", kind, steps[i], steps[j]);
			}
			cr_expect(kind == 0 ? size_of(file) == BYTES : size_of(file) < 2 * BYTES / 3);
			(void)close(file);
		}
}

Test(pack, what_was_flushed_can_be_unpacked_before_the_end, .init = make_bytes)
{
	for (size_t kind = 0; kind < 3; kind++) {
		int file = new_file();
		struct packer *packer;
		size_t total;

		must_work(packer_open(&packer, file, all[kind]));
		for (size_t at = 0; at < BYTES; at += BYTES / 4) {
			must_work(packer_write(packer, bytes + at, BYTES / 4));
			must_work(packer_flush(packer));

			enum error error = unpack(file, BYTES, &total);

			cr_expect_eq(error, all[kind] == PACKING_NONE ? ERROR_NONE : ERROR_DATA);
			cr_expect(total == at + BYTES / 4 && memcmp(bytes, got, total) == 0, "packing %zu: %zu", kind,
				  total);
		}
		packer_close(packer);
		(void)close(file);
	}
}

Test(pack, several_packed_files_in_a_row_are_one, .init = make_bytes)
{
	for (size_t kind = 1; kind < 3; kind++) {
		int file = new_file();
		size_t total;

		append_packed(file, all[kind], "before", 6, 6);
		append_packed(file, all[kind], bytes, BYTES, BYTES);
		append_packed(file, all[kind], "", 0, 1);
		append_packed(file, all[kind], "after", 5, 5);
		cr_expect_eq(unpack(file, 1000, &total), ERROR_NONE, "%s", error_message());
		cr_expect_eq(total, 6 + BYTES + 5);
		cr_expect(memcmp(got, "before", 6) == 0 && memcmp(got + 6, bytes, BYTES) == 0 &&
			  memcmp(got + 6 + BYTES, "after", 5) == 0);
		(void)close(file);
	}
}

Test(pack, zeros_after_a_gzip_member_are_skipped, .init = make_bytes)
{
	static const uint8_t zeros[200000];
	int file = pack(PACKING_GZIP, BYTES);
	size_t total;

	for (size_t more = 1; more <= sizeof(zeros); more *= 10) {
		append(file, zeros, more);
		must_work(unpack(file, BYTES, &total));
		cr_expect(total == BYTES && memcmp(bytes, got, BYTES) == 0, "%zu: %zu", more, total);
	}
	append_packed(file, PACKING_GZIP, "after", 5, 5);
	must_work(unpack(file, BYTES, &total));
	cr_expect(total == BYTES + 5 && memcmp(got + BYTES, "after", 5) == 0);
	(void)close(file);
}

Test(pack, other_bytes_after_the_packed_ones_are_an_error, .init = make_bytes)
{
	static const struct {
		enum packing packing;
		const char *more;
		size_t length;
	} cases[] = { { PACKING_GZIP, "x", 1 },
		      { PACKING_GZIP, "\0some text", 10 },
		      { PACKING_ZSTD, "x", 1 },
		      { PACKING_ZSTD, "\0\0\0\0\0", 5 } };

	for (size_t i = 0; i < 4; i++) {
		int file = pack(cases[i].packing, BYTES);
		size_t total;

		append(file, cases[i].more, cases[i].length);
		cr_expect_eq(unpack(file, BYTES, &total), ERROR_DATA, "%zu", i);
		cr_expect(total == BYTES && memcmp(bytes, got, BYTES) == 0, "%zu: %zu", i, total);
		(void)close(file);
	}
}

Test(pack, skippable_frames_are_skipped)
{
	for (unsigned low = 0x50; low <= 0x5f; low++) {
		const uint8_t frame[] = { (uint8_t)low, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 's', 'k', 'i', 'p' };
		int file = new_file();
		size_t total;

		for (unsigned i = 0; i < 2; i++) {
			append(file, frame, sizeof(frame));
			append_packed(file, PACKING_ZSTD, "text", 4, 4);
		}
		must_work(unpack(file, 3, &total));
		cr_expect(total == 8 && memcmp(got, "texttext", 8) == 0, "0x%x: %zu bytes", low, total);
		(void)close(file);
	}
}

Test(pack, a_file_that_was_cut_has_what_was_flushed_before_the_cut, .init = make_bytes)
{
	for (size_t kind = 1; kind < 3; kind++) {
		int file = pack_and_flush(all[kind]);
		off_t size = size_of(file);

		for (off_t length = size - 1; length >= 4; length -= length > 100 && length < size - 100 ? 9973 : 1) {
			size_t total;

			cr_assert_eq(ftruncate(file, length), 0);

			enum error error = unpack(file, BYTES, &total);

			cr_expect_eq(error, ERROR_DATA, "packing %zu, %jd of %jd bytes", kind, (intmax_t)length,
				     (intmax_t)size);
			cr_expect(strstr(error_message(), "was cut"), "%s", error_message());
			cr_expect(total >= flushed_before(length) && total <= BYTES, "packing %zu, %jd bytes: %zu",
				  kind, (intmax_t)length, total);
			cr_expect(memcmp(bytes, got, total) == 0);
		}
		(void)close(file);
	}
}

/** @return how far the next place of a test is: the next byte near the ends of the file, and a large step between them */
static off_t distance(off_t at, off_t size)
{
	return at > 100 && at < size - 100 ? 9973 : 1;
}

/** Changes one byte, and unpacks the file with calls of at most @p step bytes. @return whether that found an error */
static bool change(int file, off_t at, size_t step)
{
	uint8_t byte, wrong;
	size_t total, before = flushed_before(at);

	cr_assert_eq(pread(file, &byte, 1, at), 1);
	wrong = byte ^ 0x10;
	cr_assert_eq(pwrite(file, &wrong, 1, at), 1);

	bool found = unpack(file, step, &total) != ERROR_NONE;

	cr_expect(total >= before && memcmp(bytes, got, before) == 0, "byte %jd, step %zu: %zu of %zu bytes",
		  (intmax_t)at, step, total, before);
	/* bytes that repeat can be copied from several places, and a header has bits without a meaning */
	cr_expect(found || (total == BYTES && memcmp(bytes, got, BYTES) == 0), "byte %jd", (intmax_t)at);
	cr_assert_eq(pwrite(file, &byte, 1, at), 1);
	return found;
}

Test(pack, a_changed_byte_is_an_error_or_has_no_effect_and_leaves_the_bytes_before_it, .init = make_bytes)
{
	static const size_t steps[] = { 4096, 65536, BYTES };

	for (size_t kind = 1; kind < 3; kind++) {
		int file = pack_and_flush(all[kind]);
		off_t size = size_of(file);
		unsigned errors = 0;

		for (off_t at = kind == 1 ? 10 : 4; at < size; at += distance(at, size))
			for (size_t i = 0; i < 3; i++)
				errors += change(file, at, steps[i]);
		cr_expect(errors > 300, "packing %zu: %u", kind, errors);
		(void)close(file);
	}
}

Test(pack, short_files_are_read_as_they_are)
{
	static const char *const texts[] = { "", "\x1f", "\x28\xb5\x2f", "some text" };

	for (size_t i = 0; i < 4; i++) {
		int file = new_file();
		size_t total;

		cr_assert_eq(write(file, texts[i], strlen(texts[i])), (ssize_t)strlen(texts[i]));
		must_work(unpack(file, 3, &total));
		cr_expect(total == strlen(texts[i]) && memcmp(got, texts[i], total) == 0, "%zu", i);
		(void)close(file);
	}
}

Test(pack, an_empty_file_is_packed_and_unpacked)
{
	for (size_t kind = 0; kind < 3; kind++) {
		int file = new_file();
		struct packer *packer;
		size_t total;

		must_work(packer_open(&packer, file, all[kind]));
		must_work(packer_end(packer));
		packer_close(packer);
		must_work(unpack(file, 1, &total));
		cr_expect_eq(total, 0);
		(void)close(file);
	}
}

Test(pack, failed_reads_and_writes_are_errors)
{
	struct packer *packer;
	struct unpacker *unpacker;
	size_t length;
	char byte;
	int full = open("/dev/full", O_WRONLY), folder = open("/", O_RDONLY);

	for (size_t kind = 0; kind < 3; kind++) {
		must_work(packer_open(&packer, full, all[kind]));

		enum error error = packer_write(packer, "text", 4);

		if (all[kind] != PACKING_NONE)
			error = packer_end(packer);
		cr_expect_eq(error, ERROR_SYSTEM);
		cr_expect_str_eq(error_message(), "cannot write: No space left on device");
		packer_close(packer);
	}
	must_work(unpacker_open(&unpacker, folder));
	cr_expect_eq(unpacker_read(unpacker, &byte, 1, &length), ERROR_SYSTEM);
	cr_expect_str_eq(error_message(), "cannot be read: Is a directory");
	unpacker_close(unpacker);
}

Test(pack, the_name_of_a_file_asks_for_its_packing)
{
	cr_expect_eq(packing_of_name("trace.hst.gz"), PACKING_GZIP);
	cr_expect_eq(packing_of_name("a.b/trace.pftrace.zst"), PACKING_ZSTD);
	cr_expect_eq(packing_of_name("trace.gz.hst"), PACKING_NONE);
	cr_expect_eq(packing_of_name("gz"), PACKING_NONE);
	cr_expect_eq(packing_of_name("folder.gz/trace"), PACKING_NONE);
	cr_expect_eq(packing_of_name("-"), PACKING_NONE);
}
