/* Tests that a dump that was printed on a console is found in the log of that console, whatever other output the log
 * contains, and in whatever form it was saved. */
#include "trace/dump/extract.h"
#include "trace/dump/log.h"
#include "trace/dump/reader.h"
#include "trace/dump/registers.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/error/testing.h"

#define SLOTS 10 /* slots of each of the two harts, with sequence numbers from 100 on, in frames of 4, 4 and 2 slots */
#define FIRST 100
#define LOG_BYTES 20000

static void append(char *log, const char *text)
{
	strcat(log, text);
}

static void print_frame(char *log, struct console_frame *frame, const char *end)
{
	char line[CONSOLE_LINE_BYTES];

	frame->run = 77;
	console_encode(frame, line);
	append(log, line);
	append(log, end);
}

static uint64_t print_hart(char *log, uint16_t hart, const char *end)
{
	struct console_frame frame = {
		.type = CONSOLE_HART,
		.hart = hart,
		.contents.hart_state = { .id = hart + 4u,
					 .first = FIRST,
					 .next = FIRST + SLOTS,
					 .emitted = FIRST + SLOTS,
					 .msip = 0x2000000 + 4 * (hart + 4u),
					 .mtimecmp = 0x2004000 + 8 * (hart + 4u) },
	};
	uint64_t frames = 1;

	print_frame(log, &frame, end);
	for (unsigned from = 0; from < SLOTS; from += CONSOLE_SLOTS_EACH, frames++) {
		frame = (struct console_frame){ .type = CONSOLE_SLOTS, .hart = hart, .sequence = FIRST + from };
		for (unsigned i = from; i < SLOTS && frame.count < CONSOLE_SLOTS_EACH; i++)
			frame.contents.slot[frame.count++] = trace_slot_make(FIRST + i, TRACE_WFI_ENTER, 0, hart);
		print_frame(log, &frame, end);
	}
	return frames;
}

/** Makes a log with one dump of two harts. The dump consists of 10 frames, and @p end is printed after each frame. */
static void print_dump(char log[LOG_BYTES], const char *end)
{
	struct console_frame frame = {
		.type = CONSOLE_MACHINE,
		.contents.machine = { .timebase_hz = 10000000,
				      .harts = 2,
				      .slots = 64,
				      .version = CONSOLE_VERSION,
				      .mtime = 0x200bff8 },
	};
	uint64_t frames = 1;

	log[0] = '\0';
	print_frame(log, &frame, end);
	frames += print_hart(log, 0, end);
	frames += print_hart(log, 1, end);
	frame = (struct console_frame){ .type = CONSOLE_END, .sequence = frames };
	print_frame(log, &frame, end);
}

static void collect(const struct console_frame *frame, uint64_t offset, void *context)
{
	(void)offset;
	extraction_add(context, frame);
}

/** Searches a log, and passes it to log_search() in pieces of @p piece bytes. */
static void search(const char *log, size_t bytes, size_t piece, struct extraction *extraction, uint64_t *damaged)
{
	struct log_search *where = calloc(1, sizeof(*where));

	*extraction = (struct extraction){ 0 };
	where->found = collect;
	where->context = extraction;
	for (size_t done = 0; done < bytes; done += piece)
		log_search(where, log + done, piece < bytes - done ? piece : bytes - done);
	log_search_end(where);
	must_work(extraction_find_runs(extraction));
	*damaged = where->damaged;
	free(where);
}

/** Counts the slots in all RING chunks of a dump, and the lost slots, except those before sequence number FIRST. Checks
 * that each slot is in its place. */
static void count_slots(const char *path, uint64_t *slots, uint64_t *lost)
{
	struct dump_reader *reader;
	struct dump_view view;
	enum error error;

	must_work(dump_open(&reader, path, false));
	for (*slots = *lost = 0; (error = dump_next(reader, &view)) == ERROR_NONE && view.payload;) {
		const struct dump_ring *ring = view.payload;
		const struct trace_slot *slot = (const struct trace_slot *)(ring + 1);

		if (view.chunk.type != DUMP_RING)
			continue;
		*slots += ring->count;
		*lost += ring->first - ring->lost ? ring->lost : ring->lost - FIRST;
		for (uint32_t i = 0; i < ring->count; i++)
			cr_assert_eq(slot[i].tag & TRACE_TIMESTAMP_MASK, ring->first + i);
	}
	must_work(error);
	dump_close(reader);
}

/** Extracts the log's only dump.
 * @param missing receives the number of missing slots
 * @return the number of slots found */
static uint64_t extract(const char *log, size_t bytes, size_t piece, uint64_t *missing, bool *complete)
{
	char path[] = "/tmp/hartscope-extract-XXXXXX";
	struct extraction extraction;
	struct extraction_report report;
	uint64_t damaged, slots, lost;

	cr_assert_geq(mkstemp(path), 0);
	search(log, bytes, piece, &extraction, &damaged);
	cr_assert_eq(extraction.runs, 1);

	struct dump_writer *writer;

	must_work(dump_writer_open(&writer, path));
	must_work(extraction_write(&extraction, 0, writer, &report));
	must_work(dump_writer_close(writer));
	count_slots(path, &slots, &lost);
	*complete = extraction_complete(&report);
	*missing = 0;
	for (uint32_t hart = 0; hart < report.harts; hart++)
		*missing += report.hart[hart].missing;
	cr_expect_eq(*missing, lost);
	extraction_report_release(&report);
	extraction_release(&extraction);
	(void)unlink(path);
	return slots;
}

static void expect_all(const char *log, const char *what)
{
	uint64_t missing;
	bool complete;

	for (size_t piece = 1; piece <= LOG_BYTES; piece *= 37) {
		cr_expect_eq(extract(log, strlen(log), piece, &missing, &complete), 2 * SLOTS, "%s", what);
		cr_expect(complete && missing == 0, "%s", what);
	}
}

Test(extract, a_dump_is_found_among_other_lines)
{
	char log[LOG_BYTES];

	print_dump(log, "\r\n[    1.234567] > a line <of> the <hst: kernel\r\n");
	expect_all(log, "lines between");
	print_dump(log, "");
	expect_all(log, "no line breaks");
}

Test(extract, the_dump_names_the_registers_that_hv_printed)
{
	char log[LOG_BYTES], path[] = "/tmp/hartscope-extract-XXXXXX";
	struct extraction extraction;
	struct extraction_report report;
	struct register_names names = { 0 };
	struct dump_view view;
	uint64_t damaged;

	cr_assert_geq(mkstemp(path), 0);
	print_dump(log, "\n");
	search(log, strlen(log), LOG_BYTES, &extraction, &damaged);

	struct dump_writer *writer;
	struct dump_reader *reader;

	must_work(dump_writer_open(&writer, path));
	must_work(extraction_write(&extraction, 0, writer, &report));
	must_work(dump_writer_close(writer));
	must_work(dump_open(&reader, path, false));
	while (dump_next(reader, &view) == ERROR_NONE && view.payload)
		if (view.chunk.type == DUMP_SCHEMA)
			must_work(registers_read(&names, view.payload, view.chunk.length));
	cr_expect_eq(names.count, 5);
	cr_expect_str_eq(registers_find(&names, 0x2000010), "CLINT msip, hart 4");
	cr_expect_str_eq(registers_find(&names, 0x2004028), "CLINT mtimecmp, hart 5");
	cr_expect_str_eq(registers_find(&names, 0x200bff8), "CLINT mtime");
	registers_release(&names);
	dump_close(reader);
	extraction_report_release(&report);
	extraction_release(&extraction);
	(void)unlink(path);
}

Test(extract, foreign_text_in_the_middle_of_a_frame_is_cut_out)
{
	static const char foreign[] = "\r\n[    5.0] CPU1: failed to come online > panic\r\n";
	char log[LOG_BYTES], mixed[LOG_BYTES];

	print_dump(log, "\n");
	for (size_t at = 0; at < strlen(log); at++) {
		uint64_t missing;
		bool complete;

		(void)snprintf(mixed, sizeof(mixed), "%.*s%s%s", (int)at, log, foreign, log + at);
		cr_assert_eq(extract(mixed, strlen(mixed), LOG_BYTES, &missing, &complete), 2 * SLOTS, "at %zu", at);
		cr_assert(complete, "at %zu", at);
	}
}

Test(extract, lines_that_a_terminal_wrapped_are_joined)
{
	char log[LOG_BYTES], wrapped[2 * LOG_BYTES];
	size_t used = 0;

	print_dump(log, "\n");
	for (size_t i = 0, column = 0; log[i]; i++) {
		wrapped[used++] = log[i];
		column = log[i] == '\n' ? 0 : column + 1;
		if (column == 40) {
			wrapped[used++] = '\n';
			column = 0;
		}
	}
	wrapped[used] = '\0';
	expect_all(wrapped, "wrapped");
}

/** How a program saves one character of a log. @return the number of bytes that it writes to @p to */
typedef size_t saving(char *to, char character);

static size_t as_utf16_little_endian(char *to, char character)
{
	to[0] = character;
	to[1] = 0;
	return 2;
}

static size_t as_utf16_big_endian(char *to, char character)
{
	to[0] = 0;
	to[1] = character;
	return 2;
}

static size_t as_utf32(char *to, char character)
{
	memset(to, 0, 4);
	to[0] = character;
	return 4;
}

static size_t as_html(char *to, char character)
{
	switch (character) {
	case '<':
		return (size_t)sprintf(to, "&lt;");
	case '>':
		return (size_t)sprintf(to, "&gt;");
	case '+':
		return (size_t)sprintf(to, "&#43;");
	case '/':
		return (size_t)sprintf(to, "&#x2F;");
	case '\n':
		return (size_t)sprintf(to, "<br/>\n");
	}
	*to = character;
	return 1;
}

static size_t as_html_in_html(char *to, char character)
{
	if (character == '<' || character == '>')
		return (size_t)sprintf(to, "&amp;%s;", character == '<' ? "lt" : "gt");
	*to = character;
	return 1;
}

static size_t as_json(char *to, char character)
{
	if (character == '<' || character == '>' || character == '+')
		return (size_t)sprintf(to, "\\u%04x", (unsigned)character);
	if (character == '/')
		return (size_t)sprintf(to, "\\/");
	if (character == '\n')
		return (size_t)sprintf(to, "\\r\\n\"}\n{\"log\":\"\\u001b[0m");
	*to = character;
	return 1;
}

static size_t as_part_of_a_url(char *to, char character)
{
	if (character == '<' || character == '>' || character == '+' || character == '/' || character == ':')
		return (size_t)sprintf(to, "%%%02X", (unsigned)character);
	*to = character;
	return 1;
}

static size_t in_colours(char *to, char character)
{
	return (size_t)sprintf(to, "\x1b[1;31m%c\x1b[0m\x1b(B\x1b]0;title\a", character);
}

static size_t without_brackets(char *to, char character)
{
	*to = character;
	return character != '<' && character != '>';
}

static size_t with_more_carriage_returns(char *to, char character)
{
	if (character == '\n')
		return (size_t)sprintf(to, "\r\r\n");
	*to = character;
	return 1;
}

Test(extract, a_dump_is_found_in_a_log_that_was_saved_in_another_encoding)
{
	static saving *const ways[] = { as_utf16_little_endian,
					as_utf16_big_endian,
					as_utf32,
					as_html,
					as_html_in_html,
					as_json,
					in_colours,
					without_brackets,
					as_part_of_a_url,
					with_more_carriage_returns };
	static const char kernel[] = "\n[    1.234567] a line <of> the kernel & others; 100 % \\ \x1b[\n";
	static char log[LOG_BYTES], saved[40 * LOG_BYTES];

	for (unsigned way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
		uint64_t missing;
		bool complete;
		size_t used = 2;

		print_dump(log, kernel);
		memcpy(saved, "\xff\xfe", 2); /* UTF-16 byte order mark; garbage in other encodings */
		for (size_t i = 0; log[i]; i++)
			used += ways[way](saved + used, log[i]);
		for (size_t piece = 1; piece < used; piece *= 37) {
			cr_expect_eq(extract(saved, used, piece, &missing, &complete), 2 * SLOTS, "way %u", way);
			cr_expect(complete && missing == 0, "way %u", way);
		}
	}
}

/** Wraps a log's lines at @p width, with @p prefix before each line. */
static void wrap(const char *log, size_t width, const char *prefix, char *wrapped)
{
	size_t used = (size_t)sprintf(wrapped, "%s", prefix);

	for (size_t i = 0, column = 0; log[i]; i++) {
		wrapped[used++] = log[i];
		column = log[i] == '\n' ? 0 : column + 1;
		if (column == width)
			wrapped[used++] = '\n';
		if (column == width || log[i] == '\n')
			used += (size_t)sprintf(wrapped + used, "%s", prefix);
		column %= width;
	}
	wrapped[used] = '\0';
}

Test(extract, wrapped_lines_are_joined_even_if_each_has_a_prefix)
{
	static const char *const prefixes[] = { "[   12.345678] ", "2024-05-06 07:08:09 ", "> ", "> > ", "| ",
						"\xe2\x80\x8b" };
	static char log[LOG_BYTES], wrapped[4 * LOG_BYTES];

	print_dump(log, "\n");
	for (size_t width = 20; width <= 120; width += 20)
		for (unsigned i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
			wrap(log, width, prefixes[i], wrapped);
			expect_all(wrapped, prefixes[i]);
		}
}

/** Stores the offset at which the search found a frame. */
static void note_place(const struct console_frame *frame, uint64_t offset, void *context)
{
	uint64_t **place = context;

	(void)frame;
	*(*place)++ = offset;
}

Test(extract, the_offset_of_a_frame_is_its_place_in_the_saved_log)
{
	static struct log_search where;
	static char log[LOG_BYTES], saved[2 * LOG_BYTES];
	uint64_t places[16] = { 0 }, *next = places;

	print_dump(log, "\n");
	for (size_t i = 0; log[i]; i++)
		(void)as_utf16_little_endian(saved + 2 * i, log[i]);
	where = (struct log_search){ .found = note_place, .context = &next };
	log_search(&where, saved, 2 * strlen(log));
	log_search_end(&where);
	cr_expect_eq(next - places, 10);
	for (unsigned i = 0; i < 10; i++)
		cr_expect_eq(places[i], 2ull * i * CONSOLE_LINE_BYTES);
}

Test(extract, the_report_says_how_many_slots_a_cut_log_lacks)
{
	char log[LOG_BYTES];
	size_t hart_frame = (CONSOLE_LINE_BYTES)*2;

	print_dump(log, "\n");
	for (size_t bytes = hart_frame; bytes < strlen(log) - 2; bytes++) {
		uint64_t missing, slots;
		bool complete;

		slots = extract(log, bytes, LOG_BYTES, &missing, &complete);
		cr_assert_not(complete, "%zu bytes", bytes);
		cr_assert(slots + missing == SLOTS || slots + missing == 2 * SLOTS, "%zu bytes: %lu + %lu", bytes,
			  slots, missing);
	}
}

Test(extract, a_changed_character_damages_only_the_frame_around_it)
{
	char log[LOG_BYTES];

	print_dump(log, "\n");
	for (size_t at = 0; log[at]; at++) {
		uint64_t missing, slots;
		bool complete;
		char old = log[at];

		log[at] = old == 'A' ? 'B' : 'A';
		slots = extract(log, strlen(log), LOG_BYTES, &missing, &complete);
		cr_assert_geq(slots, 2 * SLOTS - CONSOLE_SLOTS_EACH, "at %zu", at);
		cr_assert(slots + missing == 2 * SLOTS, "at %zu: %lu + %lu", at, slots, missing);
		cr_assert(complete == (slots == 2 * SLOTS) || slots == 2 * SLOTS, "at %zu", at);
		log[at] = old;
	}
}

Test(extract, two_dumps_in_one_log_are_kept_apart)
{
	char log[LOG_BYTES], both[3 * LOG_BYTES];
	struct extraction extraction;
	struct console_frame frame = { .type = CONSOLE_END, .run = 78 };
	char line[CONSOLE_LINE_BYTES];
	uint64_t damaged;

	print_dump(log, "\n");
	console_encode(&frame, line);
	(void)snprintf(both, sizeof(both), "%s%s\n%s", log, line, log);
	search(both, strlen(both), 100, &extraction, &damaged);
	cr_expect_eq(extraction.runs, 2);
	cr_expect_eq(extraction.run[0], 77);
	cr_expect_eq(extraction.run[1], 78);
	extraction_release(&extraction);
}

Test(extract, many_dumps_are_numbered_quickly_and_in_the_order_of_the_log, .timeout = 10)
{
	const uint32_t dumps = 200000;
	struct extraction extraction = { 0 };

	for (uint32_t i = 0; i < 2 * dumps; i++)
		extraction_add(&extraction, &(struct console_frame){ .type = CONSOLE_END, .run = ~(i % dumps) });
	must_work(extraction_find_runs(&extraction));
	cr_assert_eq(extraction.runs, dumps);
	for (uint32_t i = 0; i < dumps; i++)
		cr_assert_eq(extraction.run[i], ~i);
	extraction_release(&extraction);
}
