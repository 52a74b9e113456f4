/* Fuzz target for hstrace convert and stat. The input is a byte of options, and then a dump. input.c uses bits 0 and 1
 * of the first byte. The other bits select what the target does with the dump:
 *
 *     bit 2   read it with salvaging
 *     bit 5   1: convert it to a Perfetto trace, with details if bit 4 is set, and only a window of it if bit 6 is set
 *             0: make statistics if bit 4 is set; otherwise convert it, to CSV if bit 3 is set, or else to JSON
 *
 * The target checks that JSON can be parsed, and that each line of CSV has all columns. It checks that a Perfetto trace
 * consists of packets, that no event lies outside of the window, and that each record is either drawn or counted as
 * left out. It also checks that the statistics count every exit. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/convert/json.h"
#include "trace/convert/pftrace.h"
#include "trace/convert/text.h"
#include "trace/fuzz/fuzz.h"
#include "trace/fuzz/input.h"
#include "trace/stat/statistics.h"

#define COLUMNS 26
#define PACKET 0x0a          /* first byte of a packet: field 1, which has a length */
#define WINDOW_BEGIN 1100000 /* ns; the dumps of the corpus begin at 1 ms */
#define WINDOW_END 1200000

/** The output of a conversion. */
struct written {
	char *text; /* has `bytes` bytes, and then a zero */
	size_t bytes;
};

/** Opens an unnamed file as the output of a conversion. @return the file's descriptor, which take_written() closes */
static int open_output(struct output *output)
{
	char path[INPUT_PATH_BYTES];
	int file = memfd_create("output", MFD_CLOEXEC);

	require(file >= 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	require(output_open(output, path, PACKING_NONE) == ERROR_NONE);
	return file;
}

/** Closes the output, and reads the file that was written. The caller frees the text of the result. */
static struct written take_written(struct output *output, int file)
{
	require(output_close(output) == ERROR_NONE);

	struct written written = { .bytes = (size_t)lseek(file, 0, SEEK_END) };

	written.text = calloc(1, written.bytes + 1);
	require(written.text && pread(file, written.text, written.bytes, 0) == (ssize_t)written.bytes);
	(void)close(file);
	return written;
}

/** Reads the dump with a timeline, which passes the dump's events to the sink. @return whether the dump has a machine
 * chunk */
static bool feed(const char *path, bool salvage, struct timeline *timeline, const struct timeline_sink *sink,
		 const struct timeline_options *options)
{
	struct dump_reader *reader;
	struct dump_view view;

	timeline_open(timeline, options, sink);
	if (dump_open(&reader, path, salvage) == ERROR_NONE)
		while (dump_next(reader, &view) == ERROR_NONE && view.payload)
			IGNORE_ERROR(timeline_take(timeline, &view));
	if (reader)
		dump_close(reader);
	return timeline_finish(timeline) == ERROR_NONE;
}

static void check_csv(const struct written *written)
{
	for (const char *line = written->text; *line;) {
		const char *end = strchr(line, '\n');
		unsigned columns = 1;
		bool quoted = false; /* the name of a register is in quotes, because it may have a comma */

		require(end);
		for (const char *at = line; at < end; at++) {
			quoted = quoted != (*at == '"');
			columns += *at == ',' && !quoted;
		}
		require(columns == COLUMNS && !quoted);
		line = end + 1;
	}
}

/** Checks that the account of a conversion includes every record of the timeline. */
static void check_account(const struct account *account, const struct timeline *timeline)
{
	require(account_check(account, timeline) == ERROR_NONE);
}

/** Converts the dump to CSV or JSON. The JSON may be incomplete if the dump has no machine. */
static void try_text(const char *path, bool salvage, bool csv)
{
	struct timeline_options all = TIMELINE_ALL;
	struct text_options options = { .csv = csv };
	struct output output;
	struct timeline timeline;
	struct text text;
	int file = open_output(&output);
	struct timeline_sink sink;

	require(text_open(&text, &output, &options, &sink) == ERROR_NONE);

	bool good = feed(path, salvage, &timeline, &sink, &all);

	text_finish(&text);

	struct written written = take_written(&output, file);

	require(strlen(written.text) == written.bytes);
	if (csv)
		check_csv(&written);
	else
		require(!good || json_is_value(written.text));
	require(timeline.totals.records == text.records);
	check_account(&text.account, &timeline);
	free(written.text);
	timeline_close(&timeline);
}

/** Checks that a Perfetto trace consists of whole packets. A packet is the byte PACKET, a length in base 128, and as
 * many bytes as the length says. */
static void check_packets(const struct written *written)
{
	const uint8_t *at = (const uint8_t *)written->text, *end = at + written->bytes;

	while (at < end) {
		uint64_t length = 0;
		unsigned shift = 0;

		require(*at++ == PACKET);
		do {
			require(at < end && shift < 64);
			length |= (uint64_t)(*at & 0x7f) << shift;
			shift += 7;
		} while (*at++ & 0x80);
		require(length <= (uint64_t)(end - at));
		at += length;
	}
}

/** Converts the dump to a Perfetto trace. If only a window is converted, losses outside of the window are not drawn. So
 * all losses must be drawn only when the whole dump is converted. */
static void try_pftrace(const char *path, bool salvage, bool details, bool window)
{
	struct timeline_options chosen = TIMELINE_ALL;
	struct pftrace_options options = { .details = details };
	struct output output;
	struct timeline timeline;
	int file = open_output(&output);
	struct pftrace *pftrace;

	require(pftrace_open(&pftrace, &output, &options) == ERROR_NONE);

	struct timeline_sink sink = pftrace_sink(pftrace);
	const struct pftrace_account *account = pftrace_account(pftrace);

	if (window) {
		chosen.from_ns = WINDOW_BEGIN;
		chosen.to_ns = WINDOW_END;
	}
	(void)feed(path, salvage, &timeline, &sink, &chosen);
	pftrace_finish(pftrace);

	struct written written = take_written(&output, file);

	check_packets(&written);
	require(window || account->lost == timeline.totals.lost);
	check_account(&account->events, &timeline);
	require(account->first_ns >= chosen.from_ns && account->last_ns <= chosen.to_ns);
	free(written.text);
	timeline_close(&timeline);
	pftrace_close(pftrace);
}

/** Makes statistics of the dump. Checks that the numbers of exits by hart and cause add up to the total. */
static void try_statistics(const char *path, bool salvage)
{
	struct timeline_options all = TIMELINE_ALL;
	struct statistics statistics = { .folded = true };
	struct timeline_sink sink = statistics_sink(&statistics);
	struct timeline timeline;
	uint64_t exits = 0;

	(void)feed(path, salvage, &timeline, &sink, &all);
	require(statistics_finish(&statistics) == ERROR_NONE);
	for (uint32_t hart = 0; hart < statistics.hart_count; hart++)
		for (unsigned i = 0; i < 2 * 64; i++)
			exits += statistics.harts[hart].exits[i / 64][i % 64];
	require(statistics.total.cycles.count == exits);
	statistics_close(&statistics);
	timeline_close(&timeline);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[INPUT_PATH_BYTES];

	if (size < 1)
		return 0;

	int file = input_file(data, size, path);
	bool salvage = data[0] & 4;

	if (data[0] & 32)
		try_pftrace(path, salvage, data[0] & 16, data[0] & 64);
	else if (data[0] & 16)
		try_statistics(path, salvage);
	else
		try_text(path, salvage, data[0] & 8);
	(void)close(file);
	return 0;
}
