/* Fuzz target for hstrace extract. It searches a log for frames, and makes dumps out of them. The target checks that
 * the reader accepts these dumps.
 *
 * If bit 0 of the first byte is set, the rest of the input is frames of 80 bytes each. The target prints them with
 * correct check sums into a log, and inserts another line at a place that the second byte selects. If the bit is not
 * set, the rest of the input is the log itself. The log is searched in pieces. The second byte is the length of a
 * piece. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/dump/extract.h"
#include "trace/dump/log.h"
#include "trace/dump/reader.h"
#include "trace/fuzz/fuzz.h"

#define PRINT 1
#define FRAMES 64
#define FOREIGN "\r\n[ 1.0] something else\r\n"
#define LOG_BYTES (FRAMES * (CONSOLE_LINE_BYTES + 1) + sizeof(FOREIGN))

static void found(const struct console_frame *frame, uint64_t offset, void *context)
{
	(void)offset;
	require(frame->crc32c == console_crc32c(frame));
	extraction_add(context, frame);
}

/** Prints frames as hv does. @return the log's length */
static size_t print(char *log, const uint8_t *data, size_t size)
{
	size_t used = 0;

	for (unsigned i = 0; i < FRAMES && size; i++) {
		struct console_frame frame = { 0 };
		size_t some = size < CONSOLE_FRAME_BYTES - 4 ? size : CONSOLE_FRAME_BYTES - 4;

		memcpy(&frame.type, data, some);
		frame.run &= 1; /* use only two different runs, so that some frames belong to the same dump */
		console_encode(&frame, log + used);
		used += CONSOLE_LINE_BYTES - 1;
		log[used++] = '\n';
		data += some;
		size -= some;
	}
	return used;
}

static size_t insert(char *log, size_t used, size_t at)
{
	memmove(log + at + sizeof(FOREIGN) - 1, log + at, used - at);
	memcpy(log + at, FOREIGN, sizeof(FOREIGN) - 1);
	return used + sizeof(FOREIGN) - 1;
}

/** Checks that the reader accepts the dump without salvaging. */
static void check_dump(const char *path)
{
	struct dump_reader *reader;
	struct dump_view view;

	require(dump_open(&reader, path, false) == ERROR_NONE);
	do
		require(dump_next(reader, &view) == ERROR_NONE);
	while (view.payload);
	dump_close(reader);
}

/** Writes dump @p number to an unnamed file, and checks it. */
static void write_dump(struct extraction *extraction, size_t number)
{
	char path[64];
	int file = memfd_create("dump", MFD_CLOEXEC);
	struct extraction_report report;

	require(file >= 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);

	struct dump_writer *writer;

	require(dump_writer_open(&writer, path) == ERROR_NONE);
	require(extraction_write(extraction, number, writer, &report) == ERROR_NONE);
	require(dump_writer_close(writer) == ERROR_NONE);
	(void)extraction_complete(&report);
	extraction_report_release(&report);
	check_dump(path);
	(void)close(file);
}

static void search(const char *log, size_t bytes, size_t piece)
{
	static struct log_search where;
	struct extraction extraction = { 0 };

	memset(&where, 0, offsetof(struct log_search, window));
	where.found = found;
	where.context = &extraction;
	for (size_t done = 0; done < bytes; done += piece)
		log_search(&where, log + done, piece < bytes - done ? piece : bytes - done);
	log_search_end(&where);
	require(extraction_find_runs(&extraction) == ERROR_NONE);
	for (size_t i = 0; i < extraction.runs && i < 4; i++)
		write_dump(&extraction, i);
	extraction_release(&extraction);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char log[LOG_BYTES];

	if (size < 2)
		return 0;
	if (data[0] & PRINT) {
		size_t used = print(log, data + 2, size - 2);

		used = insert(log, used, used * data[1] / 256);
		search(log, used, used + 1);
	} else {
		search((const char *)data + 2, size - 2, 1u + data[1]);
	}
	return 0;
}
